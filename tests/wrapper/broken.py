"""Two environments that break nearly every rule, and the exact messages about them."""

from collections.abc import Mapping
from typing import Any

PARAMETER = "arn:aws:ssm:eu-west-1:111111111111:parameter/token"
DAYS = (
    "0, 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, "
    "3653"
)

# What AWS would refuse in an environment with a network of its own.
MADE: Mapping[str, Any] = {
    "network.cidr": "10.0.0.0/8",
    "network.availability_zones": ["eu-west-1a", "us-east-1b"],
    "network.flow_logs": {"retention_days": 8},
    "alb.allowed_cidrs": ["10.0.0.0/8", "10.1.0.0/16"],
    "alb.certificate_arn": PARAMETER,
    "alb.idle_timeout_seconds": 4001,
    "alb.access_logs": {"retention_days": 0},
    "alb.waf": {"rate_limit": 9},
    "dns": {"zone_id": "example.com", "zone_name": "example.com"},
    "cluster.exec_logs": {"kms_key_arn": "alias/logs", "retention_days": 8},
    "cluster.ec2": {
        "large": {"instance_type": "large", "max": 1},
        "small": {"instance_type": "c7g.large", "min": 2, "max": 1, "disk_gib": 20},
        "gpu": {"instance_type": "g5.xlarge", "gpu": True, "architecture": "arm64", "max": 1},
    },
    "monitoring.emails": ["ops"],
    "images.unreleased_days": 0,
    "images.replicas": ["eu-west-1"],
    "images.caches": {"Docker": {"upstream": "x"}},
    "github": {"repository": "shop", "branch": "release/*"},
}

# The same for one in an existing VPC.
TAKEN: Mapping[str, Any] = {
    "network.existing": {"vpc_id": "vpc-1", "public_subnet_ids": ["subnet-0000000a", "here"]},
    "network.cidr": "10.20.0.0/16",
    "network.availability_zones": ["eu-west-1a", "eu-west-1b"],
    "network.egress": "nat_per_zone",
    "alb.allowed_cidrs": ["::/0"],
    "alb.certificate_arn": "arn:aws:acm:us-east-1:111111111111:certificate/0a1b",
    "alb.waf": {"web_acl_arn": "arn:aws:wafv2:us-east-1:111111111111:regional/webacl/shared/0a1b2c3d"},
    "monitoring.emails": ["a@example.com"],
    "monitoring.topic_arn": PARAMETER,
    "dns": {"zone_id": "Z1", "zone_name": "example.com."},
}

# What AWS would refuse in each service; `a__b` is a.b.
SERVICES: Mapping[str, Mapping[str, Any]] = {
    "alarms": {
        "alarms__error_percent": 101.5,
        "alarms__latency_p99_ms": 0,
        "alarms__unhealthy_targets": 0,
        "alarms__missing_tasks": 9,
        "alarms__cpu_percent": 101,
    },
    "both": {"capacity": {"fargate": {"base": 1}, "fargate_spot": {"base": 1}}},
    "check": {
        "health_check": {
            "command": ["curl"],
            "interval_seconds": 1,
            "timeout_seconds": 61,
            "retries": 11,
            "start_period_seconds": 301,
        }
    },
    "clock": {
        "scaling__schedule": {
            "few": {"cron": "0 20 ? * * *", "min": 2, "max": 1},
            "night": {"cron": "0 20 * * *", "min": 1, "max": 1},
        },
        "scaling__hours": {"start": "08:00", "stop": "18:00"},
    },
    "cpu": {"size__cpu": 300},
    "default": {"route__paths": []},
    "disk": {"size__ephemeral_storage_gib": 20},
    "ec2": {"capacity": {"ec2": "large"}},
    "gpus": {"size__gpus": 1},
    "health": {
        "health__status": "fine",
        "health__path": "health",
        "health__interval_seconds": 5,
        "health__timeout_seconds": 5,
        "health__healthy_threshold": 1,
    },
    "hosts": {"route__hosts": ["films.example.org", "Films.example.com"]},
    "logs": {"logs__retention_days": 8, "logs__firelens": {"Name": "stdout"}},
    "memory": {"size__memory": 4096},
    "mixed": {"capacity": {"ec2": "large", "fargate": {}}},
    "none": {"capacity": {"fargate": {"weight": 0}}},
    "paths": {"route__paths": ["/*", "api"]},
    "port": {"port": 65536},
    "rollout": {
        "rollout__maximum_percent": 149,
        "rollout__drain_seconds": 3601,
        "rollout__stop_timeout_seconds": 121,
    },
    "same": {"route__paths": ["/port"], "smoke__requests": [{"path": "/port", "status": 200}]},
    "scaling": {"scaling__min": 5, "scaling__cpu_percent": 101, "scaling__requests_per_target": 0},
    "secrets": {"environment": {"TOKEN": "x", "PORT": "1"}, "secrets": {"TOKEN": PARAMETER}},
    "sides": {
        "sidecars": {
            "one": {"environment": {"A": "x"}, "secrets": {"A": PARAMETER}, "port": 0, "memory": 5},
            "two": {"depends_on": {"three": "START"}},
        },
        "depends_on": {"one": "COMPLETE"},
    },
    "tied": {"egress": {"db": {"port": 5432, "security_groups": ["db"]}}},
    "ulimits": {"ulimits": {"nproc": {"soft": 2, "hard": 1}}},
}

SMALL_JOB: Mapping[str, Any] = {"image": {"service": "recommender"}, "size": {"cpu": 256, "memory": 512}}
JOB: Mapping[str, Any] = {
    "image": {"service": "recommender"},
    "size": {"cpu": 512, "memory": 512},
    "environment": {"TOKEN": "x", "MODELS_URI": "x"},
    "secrets": {"TOKEN": PARAMETER},
    "logs": {"retention_days": 8},
    "alarms": {"failures": 0, "not_started": 1},
}
TRIGGERS: Mapping[str, Any] = {
    "bucket": {"object_created": {"bucket": "My_bucket"}},
    "event": {"event": {"pattern": {}, "variables": {"NAME": "detail.name"}}},
    "schedule": {
        "schedule": {"expression": "0 3 * * *"},
        "retry": {"maximum_attempts": 186, "maximum_age_seconds": 1},
    },
}

MADE_SAYS = (
    "alb.access_logs.retention_days must be a whole number of at least 1, got 0.",
    "alb.allowed_cidrs must not overlap, got 10.1.0.0/16 is in 10.0.0.0/8.",
    f"alb.certificate_arn must be the ARN of an ACM certificate or null, got {PARAMETER}.",
    "alb.idle_timeout_seconds must be a whole number from 1 to 4000, got 4001.",
    "alb.waf.rate_limit must be a whole number from 10 to 2000000000 requests in 5 minutes, got 9.",
    "cluster.ec2.gpu.gpu must be false with arm64 (ECS has no AMI for both), got true.",
    "cluster.ec2.large.instance_type must be an EC2 instance type such as c7g.large, got large.",
    "cluster.ec2.small.disk_gib must be a whole number of at least 30 (the AMI's size), got 20.",
    "cluster.ec2.small.max must be a whole number of at least 1 and min 2, got 1.",
    "cluster.exec_logs.kms_key_arn must be the ARN of a KMS key, got alias/logs.",
    f"cluster.exec_logs.retention_days must be one of {DAYS} (0 keeps forever), got 8.",
    "dns.zone_id must be a hosted zone's id such as Z0123456789ABCDEFGHIJ, got example.com.",
    "github.branch must be one branch, without a pattern, got release/*.",
    "github.repository must be owner/name, got shop.",
    "images.caches must have names of lower-case letters and digits, at most 30 characters "
    "with recommender-made/ before them, got Docker.",
    "images.replicas must be regions other than eu-west-1, where the images are, got eu-west-1.",
    "images.unreleased_days must be a whole number of at least 1 or null, got 0.",
    "jobs.bucket.trigger.object_created.bucket must be the name of a bucket, got My_bucket.",
    "jobs.event.trigger.event.pattern must be a JSON object with at least 1 key, got {}.",
    "jobs.event.trigger.event.variables.NAME must be a path into the event such as "
    "$.detail.name, got detail.name.",
    "jobs.job.alarms.failures must be a whole number of at least 1 or null, got 0.",
    "jobs.job.alarms.not_started must be null without a trigger (nothing starts the job), got 1.",
    "jobs.job.environment and secrets must leave IMAGE_DIGEST, MODELS_URI to the deployment, got MODELS_URI.",
    f"jobs.job.logs.retention_days must be one of {DAYS} (0 keeps forever), got 8.",
    "jobs.job.secrets must not repeat a name of environment, got TOKEN.",
    "jobs.job.size.memory must be one of 1024, 2048, 3072, 4096 MiB with size.cpu 512, got 512.",
    "jobs.schedule.trigger.retry.maximum_age_seconds must be a whole number from 60 to 86400, got 1.",
    "jobs.schedule.trigger.retry.maximum_attempts must be a whole number from 0 to 185, got 186.",
    "jobs.schedule.trigger.schedule.expression must be cron(minutes hours day month weekday "
    "year), rate(2 hours) or at(2026-01-31T08:00:00), got 0 3 * * *.",
    "monitoring.emails must be e-mail addresses, got ops.",
    "network.availability_zones must be among eu-west-1a, eu-west-1b, eu-west-1c, eu-west-1d, "
    "got us-east-1b.",
    "network.cidr must be between /16 and /24 (AWS allows no more; a load balancer's subnet "
    "needs a /27), got 10.0.0.0/8.",
    f"network.flow_logs.retention_days must be one of {DAYS} (0 keeps forever), got 8.",
    "services must have at most one without route.hosts and route.paths (the default route), "
    "got default, recommender.",
    "services must not claim the same requests, got port /port and same /port.",
    "services.*.route.hosts must be in dns.zone_name example.com, got films.example.org.",
    "services.alarms.alarms.cpu_percent must be more than 0 and at most 100 or null, got 101.",
    "services.alarms.alarms.error_percent must be more than 0 and at most 100 or null, got 101.5.",
    "services.alarms.alarms.latency_p99_ms must be more than 0 ms or null, got 0.",
    "services.alarms.alarms.missing_tasks must be at most scaling.min 2 without "
    "cluster.container_insights (only what misses of it is seen), got 9.",
    "services.alarms.alarms.unhealthy_targets must be a whole number of at least 1 or null, got 0.",
    "services.both.capacity must have a base in one of fargate and fargate_spot (ECS takes no "
    "more), got both.",
    "services.check.health_check.command must be CMD or CMD-SHELL followed by a "
    "command, got something else for check.",
    "services.check.health_check.interval_seconds must be a whole number from 5 to 300, got 1.",
    "services.check.health_check.retries must be a whole number from 1 to 10, got 11.",
    "services.check.health_check.start_period_seconds must be a whole number from 0 to 300 or null, got 301.",
    "services.check.health_check.timeout_seconds must be a whole number from 2 to 60, got 61.",
    "services.clock.scaling.hours must be null beside a schedule (they would undo each other), got both.",
    "services.clock.scaling.schedule.few must have whole numbers as min and max, min at most "
    "max, got 2 and 1.",
    "services.clock.scaling.schedule.night.cron must be the six fields of AWS's cron, such as "
    "0 8 ? * MON-FRI *, one of the days being ?, got 0 20 * * *.",
    "services.cpu.size.cpu must be one of 256, 512, 1024, 2048, 4096, 8192, 16384, got 300.",
    "services.disk.size.ephemeral_storage_gib must be a whole number from 21 to 200 on Fargate "
    "and null on instances, got 20.",
    "services.ec2.capacity.ec2 must be null with network.egress public (tasks on instances get "
    "no public address), got large.",
    "services.gpus.size.gpus must be a whole number, and 0 on Fargate, which has none, got 1.",
    "services.health.health.healthy_threshold and unhealthy_threshold must be whole numbers "
    "from 2 to 10, got 1 and 2.",
    "services.health.health.path must begin with / and have at most 1024 characters, got health.",
    "services.health.health.status must be codes from 200 to 499 such as 200, 200,204 or 200-299, got fine.",
    "services.health.health.timeout_seconds must be a whole number from 2 to 120 and less than "
    "interval_seconds 5, got 5.",
    "services.hosts.route.hosts must be lower-case host names of at most 128 characters, with "
    "a * only as their first label, got Films.example.com.",
    "services.logs.logs.firelens must come with exactly 1 sidecar that has firelens, got 0.",
    f"services.logs.logs.retention_days must be one of {DAYS} (0 keeps forever), got 8.",
    "services.memory.size.memory must be one of 512, 1024, 2048 MiB with size.cpu 256, got 4096.",
    "services.mixed.capacity.ec2 must be null with network.egress public (tasks on instances "
    "get no public address), got large.",
    "services.mixed.capacity.ec2 must stand alone (ECS mixes no instances with Fargate), got "
    "large and Fargate.",
    "services.none.capacity must have a weight above 0, got 0 for all.",
    "services.paths.route.paths must begin with /, have a * only at their end, at most 128 "
    "characters, and not be /* (leave them empty), got /*, api.",
    "services.port.port must be a whole number from 1 to 65535, got 65536.",
    "services.rollout.rollout must let a task be replaced when scaling.min 2 run, got "
    "minimum_healthy_percent 100 and maximum_percent 149.",
    "services.rollout.rollout.drain_seconds must be a whole number from 0 to 3600, got 3601.",
    "services.rollout.rollout.stop_timeout_seconds must be a whole number from 2 to 120 "
    "(Fargate's limit), got 121.",
    "services.scaling.scaling.cpu_percent must be from 1 to 100 or null, got 101.",
    "services.scaling.scaling.max must be a whole number of at least 1 and scaling.min 5, got 4.",
    "services.scaling.scaling.requests_per_target must be more than 0 a minute or null, got 0.",
    "services.secrets.environment and secrets must leave IMAGE_DIGEST, PORT, MODEL_LABEL, MODEL_MODE, "
    "MODEL_PATH, MODEL_SHA256, MODEL_URI to the deployment, got PORT.",
    "services.secrets.secrets must not repeat a name of environment, got TOKEN.",
    "services.sides.depends_on must name other containers with START, COMPLETE or SUCCESS "
    "(neither for an essential one) or HEALTHY (of one with a health_check), got sides on one "
    "COMPLETE, two on three START.",
    "services.sides.secrets must not repeat a name of environment, got A.",
    "services.sides.sidecars.one must have a cpu of at least 0 and a memory of at least 6 MiB "
    "or null, got 0 and 5.",
    "services.sides.sidecars.one.port must be a whole number from 1 to 65535 or null, got 0.",
    "services.tied.egress must let tcp 443 out, be it to little (images, models, secrets and log lines go "
    "that way), got tcp 5432.",
    "services.tied.egress.db.security_groups must be ids such as sg-0a1b2c3d4e5f60718, got db.",
    "services.ulimits.ulimits must be nofile alone on Fargate, which lets no other be set, got nproc.",
    "services.ulimits.ulimits must have soft limits of at most the hard ones, got more for nproc.",
)

TAKEN_SAYS = (
    "alb.allowed_cidrs must be IPv4 ranges that begin at their network address, got ::/0.",
    "alb.certificate_arn must be of the load balancer's region eu-west-1, got "
    "arn:aws:acm:us-east-1:111111111111:certificate/0a1b.",
    "alb.waf.web_acl_arn must be of the load balancer's region eu-west-1, got "
    "arn:aws:wafv2:us-east-1:111111111111:regional/webacl/shared/0a1b2c3d.",
    "dns.zone_name must be a lower-case domain such as example.com, without a dot at its end, "
    "got example.com..",
    "monitoring.emails must be empty with a topic_arn (subscribe them to that topic), got a@example.com.",
    f"monitoring.topic_arn must be the ARN of an SNS topic in eu-west-1 or null, got {PARAMETER}.",
    "network must have either cidr and availability_zones (a VPC is made) or existing (one is "
    "used), got both.",
    "network.egress must be public, nat or endpoints in an existing VPC (its gateways are its "
    "owner's), got nat_per_zone.",
    "network.existing must have private_subnet_ids for tasks with network.egress nat_per_zone, got [].",
    "network.existing must have subnets' ids such as subnet-0a1b2c3d4e5f60718, got here.",
    "network.existing.vpc_id must be a VPC's id such as vpc-0a1b2c3d4e5f60718, got vpc-1.",
    "services.*.route.hosts must name at least 1 host with dns (there would be nothing to name), got [].",
)
