resource "awsdeploy_launch_template_version" "web" {
  launch_template_name = "shop-web"
  image_id             = "ami-0abc123def4567890"
}

# A tenth of the group, ten minutes later half of it, then all of it.
resource "awsdeploy_rolling_release" "web" {
  autoscaling_group_name = "shop-web"
  launch_template = {
    id      = awsdeploy_launch_template_version.web.launch_template_id
    version = awsdeploy_launch_template_version.web.version
  }

  strategy = {
    steps             = [10, 50]
    pause             = "10m"
    bake              = "15m"
    progress_deadline = "20m"
  }

  alarms = ["shop-5xx", "shop-latency"]
}
