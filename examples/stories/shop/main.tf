# The shop: a web server in Go on an Auto Scaling group, and an API in Go on
# AWS Lambda. One apply takes both from their sources to what serves.
terraform {
  required_providers {
    awsdeploy = { source = "awsdeploy/awsdeploy" }
  }
}

provider "awsdeploy" {}

# Sources become a program, the program an image.
resource "awsdeploy_app_package" "web" {
  source_dir = "${path.module}/web"
  build      = { tool = "go", environment = { GOOS = var.platform.os, GOARCH = var.platform.arch } }
  artifact   = "bin/web"
}

resource "awsdeploy_app_image" "web" {
  repository    = var.repository
  base_image    = "scratch"
  platforms     = ["${var.platform.os}/${var.platform.arch}"]
  files         = { "/srv/web" = awsdeploy_app_package.web.path }
  entrypoint    = ["/srv/web"]
  exposed_ports = ["8080"]
}

# The instances run the image that their user data names, by digest.
resource "awsdeploy_launch_template_version" "web" {
  launch_template_name = var.launch_template
  user_data = base64encode(<<-SCRIPT
    #!/bin/sh
    IMAGE=${awsdeploy_app_image.web.image}
    docker run --detach --restart=always --network=host --env PORT=8080 --env IMAGE="$IMAGE" "$IMAGE"
  SCRIPT
  )
}

resource "awsdeploy_rolling_release" "web" {
  autoscaling_group_name = var.autoscaling_group

  launch_template = {
    id      = awsdeploy_launch_template_version.web.launch_template_id
    version = awsdeploy_launch_template_version.web.version
  }

  strategy = {
    steps                  = [34]
    pause                  = "1m"
    bake                   = "1m"
    max_healthy_percentage = 134
    max_failed_instances   = 2
  }

  alarms = [var.alarm]
}

# The function's program becomes a ZIP, the ZIP a version, and the version
# takes over the alias.
resource "awsdeploy_app_package" "api" {
  source_dir = "${path.module}/api"
  build      = { tool = "go", environment = { GOOS = var.platform.os, GOARCH = var.platform.arch } }
  artifact   = "bootstrap"
}

resource "awsdeploy_function_version" "api" {
  function_name = var.function
  filename      = awsdeploy_app_package.api.path
}

resource "awsdeploy_alias_promotion" "live" {
  function_name = awsdeploy_function_version.api.function_name
  alias         = "live"
  version       = awsdeploy_function_version.api.version

  strategy = {
    steps = [10, 50]
    pause = "2m"
    bake  = "2m"
  }

  verify = [
    { name = "answers", invoke = { payload = jsonencode({ ping = true }), expect = jsonencode({ statusCode = 200 }) } },
  ]
}
