output "url" {
  description = "URL of the dashboard, for everybody who may sign in."
  value = join("", [
    "https://${var.region}.console.aws.amazon.com/cloudwatch/home?region=${var.region}",
    "#dashboards/dashboard/${aws_cloudwatch_dashboard.environment.dashboard_name}",
  ])
}
