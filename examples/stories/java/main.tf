# A Java web application: Maven makes a WAR, the WAR becomes an image on a
# Tomcat, and the image is what the group runs. One changed class rebuilds, and
# uploads, one small layer.
terraform {
  required_providers {
    awsdeploy = { source = "awsdeploy/awsdeploy" }
  }
}

variable "source_dir" {
  description = "The Maven project."
  type        = string
}

variable "repository" {
  description = "Address of the registry's repository."
  type        = string
}

variable "base_image" {
  description = "An image with Tomcat or Jetty."
  type        = string
  default     = "public.ecr.aws/docker/library/tomcat:10-jre21"
}

variable "launch_template_name" {
  description = "Name of the group's launch template."
  type        = string
}

variable "autoscaling_group" {
  description = "Name of the group."
  type        = string
}

resource "awsdeploy_app_package" "shop" {
  source_dir = var.source_dir
  excludes   = ["target/**"]
  build      = { tool = "maven" }
  artifact   = "target/*.war"
}

resource "awsdeploy_app_image" "shop" {
  repository = var.repository
  base_image = var.base_image
  package    = awsdeploy_app_package.shop.path
}

resource "awsdeploy_launch_template_version" "shop" {
  launch_template_name = var.launch_template_name
  user_data = base64encode(<<-SCRIPT
    #!/bin/sh
    IMAGE=${awsdeploy_app_image.shop.image}
    docker run --detach --restart=always --publish 80:8080 "$IMAGE"
  SCRIPT
  )
}

resource "awsdeploy_rolling_release" "shop" {
  autoscaling_group_name = var.autoscaling_group

  launch_template = {
    id      = awsdeploy_launch_template_version.shop.launch_template_id
    version = awsdeploy_launch_template_version.shop.version
  }

  strategy = { steps = [10], pause = "10m", bake = "10m" }
}
