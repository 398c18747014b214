locals {
  # The grid is 24 wide. A row has the service's name and, below it, four graphs.
  _row_height   = 7
  _title_height = 1
  _alarms = length(var.alarm_arns) == 0 ? [] : [{
    type       = "alarm", x = 0, y = 0, width = 24, height = 3
    properties = { title = "Alarms", alarms = var.alarm_arns }
  }]
  _first_row = 3 * length(local._alarms)

  _titles = [
    for row, name in local.names : {
      type       = "text", x = 0, y = local._first_row + row * local._row_height, width = 24, height = local._title_height
      properties = { markdown = "## ${name}" }
    }
  ]
  _widgets = flatten([
    for row, name in local.names : [
      for column, graph in local.graphs[name] : {
        type       = "metric", x = column * 6, y = local._first_row + row * local._row_height + local._title_height, width = 6, height = 6
        properties = { title = graph.title, region = var.region, period = 60, stat = graph.unit, metrics = graph.metrics, view = "timeSeries" }
      }
    ]
  ])
}

resource "aws_cloudwatch_dashboard" "environment" {
  dashboard_name = var.name
  dashboard_body = jsonencode({ widgets = concat(local._alarms, local._titles, local._widgets) })
}
