locals {
  names = sort(keys(var.services))

  targets = {
    for name, service in var.services :
    name => ["TargetGroup", service.target_group_arn_suffix, "LoadBalancer", var.load_balancer_arn_suffix]
  }
  clusters = { for name in local.names : name => ["ClusterName", var.cluster_name, "ServiceName", name] }

  # By service, its graphs from left to right.
  graphs = {
    for name in local.names : name => [
      {
        title = "Requests and errors a minute"
        unit  = "Sum"
        metrics = [
          concat(["AWS/ApplicationELB", "RequestCount"], local.targets[name], [{ label = "requests" }]),
          concat(["AWS/ApplicationELB", "HTTPCode_Target_4XX_Count"], local.targets[name], [{ label = "4xx" }]),
          concat(["AWS/ApplicationELB", "HTTPCode_Target_5XX_Count"], local.targets[name], [{ label = "5xx" }]),
        ]
      },
      {
        title   = "Latency in seconds"
        unit    = "p50"
        metrics = [for percentile in ["p50", "p95", "p99"] : concat(["AWS/ApplicationELB", "TargetResponseTime"], local.targets[name], [{ stat = percentile, label = percentile }])]
      },
      {
        title = "Targets"
        unit  = "Minimum"
        metrics = [
          concat(["AWS/ApplicationELB", "HealthyHostCount"], local.targets[name], [{ label = "healthy" }]),
          concat(["AWS/ApplicationELB", "UnHealthyHostCount"], local.targets[name], [{ stat = "Maximum", label = "unhealthy" }]),
        ]
      },
      {
        title = "CPU and memory in percent"
        unit  = "Average"
        metrics = [
          concat(["AWS/ECS", "CPUUtilization"], local.clusters[name], [{ label = "CPU" }]),
          concat(["AWS/ECS", "MemoryUtilization"], local.clusters[name], [{ label = "memory" }]),
        ]
      },
    ]
  }
}
