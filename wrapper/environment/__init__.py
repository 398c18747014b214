"""The environment files: read into typed, frozen objects, or refused with all problems at once."""

from wrapper.environment.alarms import Alarms, Monitoring
from wrapper.environment.alb import AccessLogs, Alb, Dns, Waf
from wrapper.environment.block import is_remote, resolve
from wrapper.environment.compute import Capacity, FargateSize, Instances, Share, Size
from wrapper.environment.container import HealthCheck, Sidecar, Statement, Ulimit
from wrapper.environment.egress import Way, told, ways
from wrapper.environment.existing import (
    ExistingAlb,
    ExistingBucket,
    ExistingCluster,
    ExistingRepository,
    Models,
)
from wrapper.environment.files import check, explain, load, load_sound, marked, names, read
from wrapper.environment.github import GitHub
from wrapper.environment.job import Job, split_place
from wrapper.environment.neighbours import free_network, free_ports
from wrapper.environment.network import ExistingNetwork, FlowLogs, Network
from wrapper.environment.preview import Preview
from wrapper.environment.review import RULES, AnswersChange, ListLimits, Review, RuleName, rule_named
from wrapper.environment.root import FETCHER, Cluster, Environment, Sandbox, fetcher_of
from wrapper.environment.scaling import Hours, Limits, Scaling, Scheduled
from wrapper.environment.service import Logs, Rollout, Route, Service
from wrapper.environment.settings import Setting
from wrapper.environment.source import RECOGNISED, Columns, Image, Model
from wrapper.environment.variant import Variant
from wrapper.environment.verification import Canary, Health, LiveAnswers, Smoke, SmokeRequest

__all__ = [
    "FETCHER",
    "RECOGNISED",
    "RULES",
    "AccessLogs",
    "Alarms",
    "Alb",
    "AnswersChange",
    "Canary",
    "Capacity",
    "Cluster",
    "Columns",
    "Dns",
    "Environment",
    "ExistingAlb",
    "ExistingBucket",
    "ExistingCluster",
    "ExistingNetwork",
    "ExistingRepository",
    "FargateSize",
    "FlowLogs",
    "GitHub",
    "Health",
    "HealthCheck",
    "Hours",
    "Image",
    "Instances",
    "Job",
    "Limits",
    "ListLimits",
    "LiveAnswers",
    "Logs",
    "Model",
    "Models",
    "Monitoring",
    "Network",
    "Preview",
    "Review",
    "Rollout",
    "Route",
    "RuleName",
    "Sandbox",
    "Scaling",
    "Scheduled",
    "Service",
    "Setting",
    "Share",
    "Sidecar",
    "Size",
    "Smoke",
    "SmokeRequest",
    "Statement",
    "Ulimit",
    "Variant",
    "Waf",
    "Way",
    "check",
    "explain",
    "fetcher_of",
    "free_network",
    "free_ports",
    "is_remote",
    "load",
    "load_sound",
    "marked",
    "names",
    "read",
    "resolve",
    "rule_named",
    "split_place",
    "told",
    "ways",
]
