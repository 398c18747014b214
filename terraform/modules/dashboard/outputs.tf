output "url" {
  description = "Where the dashboard is seen, for whoever may sign in."
  value = join("", [
    "https://${var.region}.console.aws.amazon.com/cloudwatch/home?region=${var.region}",
    "#dashboards/dashboard/${aws_cloudwatch_dashboard.environment.dashboard_name}",
  ])
}
