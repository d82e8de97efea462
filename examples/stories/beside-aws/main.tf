# Beside hashicorp/aws: that provider makes the group and its template, this
# one releases onto it. The tests validate this configuration; they do not run
# it, since hashicorp/aws needs an account.
terraform {
  required_providers {
    awsdeploy = { source = "awsdeploy/awsdeploy" }
    aws       = { source = "hashicorp/aws" }
  }
}

variable "image_id" {
  description = "The AMI to run."
  type        = string
}

variable "subnet_ids" {
  description = "Subnets of the group."
  type        = list(string)
}

resource "aws_launch_template" "web" {
  name          = "shop-web"
  image_id      = var.image_id
  instance_type = "t3.small"
}

resource "aws_autoscaling_group" "web" {
  name                = "shop-web"
  min_size            = 3
  max_size            = 12
  vpc_zone_identifier = var.subnet_ids
  health_check_type   = "EC2"

  launch_template {
    id      = aws_launch_template.web.id
    version = aws_launch_template.web.latest_version
  }

  lifecycle {
    ignore_changes = [launch_template, mixed_instances_policy]
  }
}

resource "aws_cloudwatch_metric_alarm" "errors" {
  alarm_name          = "shop-5xx"
  namespace           = "AWS/ApplicationELB"
  metric_name         = "HTTPCode_Target_5XX_Count"
  statistic           = "Sum"
  period              = 60
  evaluation_periods  = 1
  threshold           = 10
  comparison_operator = "GreaterThanThreshold"
  treat_missing_data  = "notBreaching"
}

resource "awsdeploy_rolling_release" "web" {
  autoscaling_group_name = aws_autoscaling_group.web.name

  launch_template = {
    id      = aws_launch_template.web.id
    version = aws_launch_template.web.latest_version
  }

  strategy = { steps = [10, 50], pause = "10m", bake = "15m" }
  alarms   = [aws_cloudwatch_metric_alarm.errors.alarm_name]
}
