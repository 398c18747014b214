"""The environment as a whole, and the rules between its blocks."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, PrivateAttr, ValidationInfo, field_validator

from wrapper.environment.alarms import Monitoring
from wrapper.environment.alb import Alb, Dns
from wrapper.environment.block import Block, Fault, Guess, RefusedError, guessed
from wrapper.environment.compute import Instances
from wrapper.environment.existing import ExistingCluster, Models
from wrapper.environment.expansion import expanded
from wrapper.environment.fields import (
    AccountId,
    FileName,
    Name,
    Port,
    Region,
    ServiceName,
    Text,
)
from wrapper.environment.github import GitHub
from wrapper.environment.images import Images
from wrapper.environment.job import Job
from wrapper.environment.network import Network
from wrapper.environment.review import Review
from wrapper.environment.routing import smoke_faults
from wrapper.environment.service import Service
from wrapper.environment.source import Image
from wrapper.environment.variant import Variant, name_of

# `<project>-<environment>` is a part of every name; a load balancer's may have only 32 characters.
PREFIX_LENGTH = 24
SANDBOX_ACCOUNT = "000000000000"
SANDBOX_REGION = "eu-west-1"
# Also the name of the service's own container.
FETCHER = "model-files"


class Sandbox(Block):
    port: Port = Field(default=4566, description="Port of the AWS emulator on 127.0.0.1.")
    alb_port: Port = Field(default=8080, description="Port of the load balancer on 127.0.0.1.")
    runtime: Literal["auto", "container", "process"] | None = Field(
        default=None,
        description="How tasks run: as containers by Docker or Podman, as local processes, or auto: as "
        "containers if one of them answers; null is auto if a Dockerfile does what processes cannot, "
        "else process.",
    )
    record: bool = Field(
        default=False,
        description="Whether each signed AWS request is logged in the sandbox's folder, with secrets masked.",
    )

    def _faults(self, root: Path | None) -> Iterator[Fault]:
        if self.port == self.alb_port:
            yield Fault("alb_port", "differ from port", self.alb_port)


class ExecLogs(Block):
    kms_key_arn: Text = Field(
        description="KMS key that encrypts the sessions; its policy must let CloudWatch Logs use it."
    )
    retention_days: int = Field(default=30, description="How long the sessions' log is kept.")


class Cluster(Block):
    container_insights: bool = Field(
        default=False, description="Whether CloudWatch gets metrics per task (for a fee)."
    )
    exec_logs: ExecLogs | None = Field(
        default=None,
        description="Log of the input and output of ECS Exec sessions, such as `{kms_key_arn: ..., "
        "retention_days: 30}`; null logs nothing.",
    )
    ec2: Mapping[Name, Instances] = Field(
        default={},
        description="Groups of instances that services may run on, by name, such as "
        "`arm: {instance_type: c7g.large, architecture: arm64, max: 4}`.",
    )
    existing: ExistingCluster | None = Field(
        default=None,
        description="An existing cluster; null creates one. container_insights then says what it has.",
    )

    @property
    def unread(self) -> Sequence[str]:
        return () if self.existing is None else ("exec_logs", "ec2")

    def _faults(self, root: Path | None) -> Iterator[Fault]:
        if idle := [key for key in self.unread if key in self.model_fields_set]:
            yield Fault("existing", f"be used without {', '.join(idle)} (its owner decides)")


# Field order matters: a validator gets the fields above its own, and only valid ones.
class Environment(Block):
    name: FileName = Field(description="The file's name without .yaml; not a key of the file.")
    project: Name = Field(
        description="Prefix of names, as in recommender-dev; at most 24 characters with the environment."
    )
    target: Literal["sandbox", "aws"] = Field(
        description="Where it runs: an emulator on this machine, or AWS."
    )
    region: Annotated[Region, guessed] = Field(
        default=Guess('"eu-west-1" in the sandbox', lambda above: _of_sandbox(above, SANDBOX_REGION)),
        validate_default=True,
        description="AWS region, such as eu-west-1.",
    )
    account_id: Annotated[AccountId, guessed] = Field(
        default=Guess(
            f'"{SANDBOX_ACCOUNT}" in the sandbox', lambda above: _of_sandbox(above, SANDBOX_ACCOUNT)
        ),
        validate_default=True,
        description="12 digits in quotes; Terraform refuses any other account.",
    )
    disposable: Annotated[bool, guessed] = Field(
        default=Guess("true in the sandbox, false on AWS", lambda above: above.get("target") == "sandbox"),
        validate_default=True,
        description="Whether destroy may delete images, models and logs.",
    )
    rollback: Literal["auto", "ask", "never"] = Field(
        default="ask", description="Whether a failed apply rolls back to the last good release."
    )
    review: Review = Field(default=Review(), description="The review of a plan, see plan-review.md.")
    sandbox: Sandbox = Field(default=Sandbox(), description="The emulator; only read with target: sandbox.")
    network: Network = Field(
        default=Network(), validate_default=True, description="The network of tasks and load balancer."
    )
    alb: Alb = Field(
        default=Alb(), validate_default=True, description="The load balancer in front of all services."
    )
    dns: Dns | None = Field(
        default=None,
        description="DNS records for the services' hosts, and a certificate unless alb.certificate_arn is "
        "given, such as `{zone_id: Z0123456789ABCDEFGHIJ, zone_name: example.com}`; null is none.",
    )
    cluster: Cluster = Field(default=Cluster(), description="The ECS cluster.")
    monitoring: Monitoring = Field(
        default=Monitoring(), description="Who is notified of alarms; a dashboard."
    )
    images: Images = Field(default=Images(), description="Lifecycle and copies of built images.")
    models: Models = Field(default=Models(), description="Where models are kept.")
    services: Mapping[ServiceName, Service] = Field(description="The services, by name.")
    github: GitHub | None = Field(
        default=None,
        description="Whose workflows may plan and apply, such as `{repository: owner/name}`; their roles "
        "are created by `python -m wrapper github ENV`. Null is none.",
    )
    jobs: Mapping[ServiceName, Job] = Field(
        default={}, description="Tasks that run and end, by name: on a schedule, on an event, or by hand."
    )

    # The name of its file, for a preview with another name.
    _file: str | None = PrivateAttr(default=None)

    def model_post_init(self, context: Any, /) -> None:
        self._file = (context or {}).get("file")

    @property
    def file(self) -> str:
        """Return the name of its file: the environment's own, unless it is a preview."""
        return self._file or self.name

    @property
    def is_preview(self) -> bool:
        return self.file != self.name

    @property
    def called(self) -> str:
        """Return the environment in a command's form, such as `dev`, or `dev --as pr-12`."""
        return f"{self.file} --as {self.name}" if self.is_preview else self.name

    @property
    def prefix(self) -> str:
        return f"{self.project}-{self.name}"

    @property
    def state_bucket(self) -> str:
        return f"{self.prefix}-state-{self.account_id}"

    @property
    def account_bucket(self) -> str:
        """Where the state of what belongs to the account is, for all environments of a region."""
        return f"account-state-{self.account_id}-{self.region}"

    @property
    def cluster_name(self) -> str:
        """Return the cluster of the tasks: the environment's own, with its name, or an existing one."""
        return self.cluster.existing.cluster_name if self.cluster.existing else self.prefix

    @property
    def model_bucket(self) -> str:
        return self.models.existing.bucket if self.models.existing else self.own_model_bucket

    @property
    def own_model_bucket(self) -> str:
        """Return the name of the bucket to create, None with an existing one."""
        return f"{self.prefix}-models-{self.account_id}"

    @property
    def access_logs_bucket(self) -> str | None:
        return f"{self.prefix}-access-logs-{self.account_id}" if self.alb.access_logs else None

    @property
    def repositories(self) -> Mapping[str, str]:
        """Return the repositories of the images built here, by service and job."""
        own = {name: f"{self.prefix}/{name}" for name in self._built}
        return {**own, **self.existing_repositories}

    @property
    def existing_repositories(self) -> Mapping[str, str]:
        """Return those repositories that existed before."""
        existing = {name: image.existing for name, image in self._built.items()}
        return {name: each.repository_name for name, each in existing.items() if each}

    @property
    def _built(self) -> Mapping[str, Image]:
        services = {name: service.image for name, service in self.built_services.items()}
        jobs = {name: job.image for name, job in self.built_jobs.items()}
        return {**services, **jobs, **self.fetchers}

    @property
    def repository_names(self) -> frozenset[str]:
        """Return the repositories of images built here that expire by the environment's settings."""
        return frozenset({*self.repositories.values()} - {*self.existing_repositories.values()})

    @property
    def existing(self) -> Mapping[str, str]:
        """Return the names of existing resources, each with its ARN, or its id in EC2.

        Their names may look like the environment's, but they do not belong to it.
        """
        place = f"{self.region}:{self.account_id}"
        vpc, alb = self.network.existing, self.alb.existing
        cluster, bucket = self.cluster.existing, self.models.existing
        ids = [*vpc.public_subnet_ids, *vpc.private_subnet_ids] if vpc else []
        found = {f"subnet {subnet}": subnet for subnet in ids}
        if vpc:
            found[f"VPC {vpc.vpc_id}"] = vpc.vpc_id
        if alb:
            name = "/".join(alb.load_balancer_arn.split("/")[-2:-1])
            found[f"load balancer {name}"] = alb.load_balancer_arn
            found[f"security group {alb.security_group_id}"] = alb.security_group_id
        if cluster:
            found[f"cluster {cluster.cluster_name}"] = f"arn:aws:ecs:{place}:cluster/{cluster.cluster_name}"
        if bucket:
            found[f"bucket {bucket.bucket}"] = f"arn:aws:s3:::{bucket.bucket}"
        for name in self.existing_repositories.values():
            found[f"repository {name}"] = f"arn:aws:ecr:{place}:repository/{name}"
        return found

    @property
    def existing_arns(self) -> frozenset[str]:
        return frozenset(self.existing.values())

    @property
    def variants(self) -> Mapping[str, tuple[str, Variant]]:
        """Return the variants by their names as services: each with its service's name, and as declared."""
        return {
            name_of(name, variant): (name, declared)
            for name, service in self.services.items()
            for variant, declared in service.variants.items()
        }

    def path_of(self, name: str) -> str:
        """Return where the file declares a service, a variant or a job."""
        if name in self.variants:
            service, _ = self.variants[name]
            return f"services.{service}.variants.{name.removeprefix(f'{service}-')}"
        return f"services.{name}" if name in self.services else f"jobs.{name}"

    def shares_route(self, name: str) -> bool:
        """Say whether others answer at a service's route, too: it is a variant, or has some."""
        return name in self.variants or bool(self.services[name].variants)

    def image_owner(self, name: str) -> str:
        """Return by which service or job an image is built: a variant without its own runs its service's."""
        service, variant = self.variants.get(name, (name, None))
        return service if variant and variant.image is None else name

    @property
    def hosts(self) -> frozenset[str]:
        """Return the host names in the services' routes."""
        return frozenset(host for service in self.services.values() for host in service.route.hosts)

    @property
    def tags(self) -> Mapping[str, str]:
        """Return the tags of every resource, by which the inventory finds them."""
        return {"project": self.project, "environment": self.name}

    @property
    def built_services(self) -> Mapping[str, Service]:
        return {
            name: service
            for name, service in self.services.items()
            if service.image.built and self.image_owner(name) == name
        }

    @property
    def built_jobs(self) -> Mapping[str, Job]:
        """Return the jobs that build an image of their own; others use a service's or a given one."""
        return {name: job for name, job in self.jobs.items() if job.image.built}

    @property
    def fetchers(self) -> Mapping[str, Image]:
        """Return the images, by name, that fetch models for services with `model.mount`.

        They are the recommender's own, for each architecture of such a service.
        """
        mounted = (each for each in self.services.values() if each.model and each.model.mount)
        kinds = sorted({service.image.architecture for service in mounted})
        return {fetcher_of(kind): Image(context=".", target="serve", architecture=kind) for kind in kinds}

    @property
    def has_model_events(self) -> bool:
        """Return whether an object in the model bucket starts a job."""
        created = (each.object_created for job in self.jobs.values() for each in job.started_by)
        return any(each is not None and each.bucket in (None, self.model_bucket) for each in created)

    def architecture_of(self, job: Job) -> str:
        """Return the architecture of a job's image, which may be a service's or another job's."""
        return self.image_of(job).architecture

    def image_of(self, job: Job) -> Image:
        """Return the source of a job's image."""
        owners: Mapping[str, Service | Job] = {**self.jobs, **self.services}
        return owners[job.image.owner].image if job.image.owner else job.image

    @field_validator("project")
    @classmethod
    def _fits(cls, project: str, info: ValidationInfo) -> str:
        prefix = f"{project}-{info.data.get('name', '')}"
        if len(prefix) > PREFIX_LENGTH:
            rule = f"fit into {PREFIX_LENGTH} characters together with the environment's name"
            raise RefusedError([Fault("", rule, f"{prefix} ({len(prefix)})")])
        return project

    @field_validator("account_id")
    @classmethod
    def _is_real(cls, account_id: str, info: ValidationInfo) -> str:
        if info.data.get("target") == "aws" and account_id == SANDBOX_ACCOUNT:
            raise RefusedError([Fault("", "be your account's id with target aws", account_id)])
        return account_id

    @field_validator("network")
    @classmethod
    def _is_complete(cls, network: Network, info: ValidationInfo) -> Network:
        return network.completed(info.data.get("region"))

    @field_validator("services")
    @classmethod
    def _fit_together(cls, services: Mapping[str, Service], info: ValidationInfo) -> Mapping[str, Service]:
        faults = (
            *_protocol_faults(services, info.data.get("target")),
            *_fetcher_faults(services),
            *_hours_faults(services, disposable=info.data.get("disposable")),
            *_ec2_faults(services, info.data.get("cluster")),
            *smoke_faults(services),
        )
        if faults:
            raise RefusedError(faults)
        return services

    @field_validator("services")
    @classmethod
    def _have_variants(cls, services: Mapping[str, Service], info: ValidationInfo) -> Mapping[str, Service]:
        return expanded(services, (info.context or {}).get("root"))

    @field_validator("jobs")
    @classmethod
    def _fit_services(cls, jobs: Mapping[str, Job], info: ValidationInfo) -> Mapping[str, Job]:
        services: Mapping[str, Service] | None = info.data.get("services")
        if services is not None and (faults := tuple(_job_faults(jobs, services))):
            raise RefusedError(faults)
        return jobs


def fetcher_of(architecture: str) -> str:
    """Return the name of the fetcher's image for an architecture."""
    return FETCHER if architecture == "x86_64" else f"{FETCHER}-{architecture}"


def _of_sandbox(above: Mapping[str, Any], value: str) -> str:
    """Return the value that every sandbox may have; on AWS only the owner knows it."""
    if above.get("target") == "aws":
        raise RefusedError([Fault("", "be set with target aws")])
    return value


def _job_faults(jobs: Mapping[str, Job], services: Mapping[str, Service]) -> Iterator[Fault]:
    for name, job in jobs.items():
        if name.startswith(FETCHER):
            yield Fault(name, f"not begin with {FETCHER} (the fetcher of models has this name)")
        if name in services:
            yield Fault(name, "not have a service's name (they share names on AWS)")
        if job.image.service is not None and job.image.service not in services:
            known = ", ".join(services)
            yield Fault(f"{name}.image.service", f"be a service ({known})", job.image.service)
        own = [each for each, other in jobs.items() if other.image.owner is None and each != name]
        if job.image.job is not None and job.image.job not in own:
            known = ", ".join(own) or "there is none"
            yield Fault(f"{name}.image.job", f"be a job with an image of its own ({known})", job.image.job)


def _ec2_faults(services: Mapping[str, Service], cluster: Cluster | None) -> Iterator[Fault]:
    """Yield what services require of instances that these do not have."""
    for name, service in services.items() if cluster else ():
        group = service.capacity.ec2
        if cluster is None or group is None:
            continue
        if group not in cluster.ec2:
            known = ", ".join(cluster.ec2) or "none"
            yield Fault(f"{name}.capacity.ec2", f"name a group of cluster.ec2 ({known})", group)
            continue
        instances = cluster.ec2[group]
        if service.image.architecture != instances.architecture:
            rule = f"be {instances.architecture}, as cluster.ec2.{group}'s"
            yield Fault(f"{name}.image.architecture", rule, service.image.architecture)
        if service.size.gpus and not instances.gpu:
            yield Fault(f"{name}.size.gpus", f"be 0 without cluster.ec2.{group}.gpu", service.size.gpus)


def _protocol_faults(services: Mapping[str, Service], target: str | None) -> Iterator[Fault]:
    for name, service in services.items() if target == "sandbox" else ():
        if service.protocol != "http":
            rule = "be http in the sandbox (its load balancer has neither HTTP/2 nor TLS)"
            yield Fault(f"{name}.protocol", rule, service.protocol)


def _fetcher_faults(services: Mapping[str, Service]) -> Iterator[Fault]:
    """Yield the names that the fetcher of models already has; jobs cannot clash with services anyway."""
    for name, service in services.items():
        if name.startswith(FETCHER):
            yield Fault(name, f"not begin with {FETCHER} (the fetcher of models has this name)")
        if service.model and service.model.mount and FETCHER in service.sidecars:
            rule = "have another name with model.mount (whose container has this name)"
            yield Fault(f"{name}.sidecars.{FETCHER}", rule)


def _hours_faults(services: Mapping[str, Service], *, disposable: bool | None) -> Iterator[Fault]:
    for name, service in services.items():
        if service.scaling.hours and disposable is False:
            rule = "be null with disposable false (what must not be lost must not sleep either)"
            yield Fault(f"{name}.scaling.hours", rule)
