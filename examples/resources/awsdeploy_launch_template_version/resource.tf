# Version 7 of the template with another AMI: a version of its own.
resource "awsdeploy_launch_template_version" "web" {
  launch_template_name = "shop-web"
  source_version       = "7"
  image_id             = "ami-0abc123def4567890"
  description          = "shop 1.4.2"
}

output "web_version" {
  value = awsdeploy_launch_template_version.web.version
}
