# A static program and its assets on nothing else. The digest is in the plan.
resource "awsdeploy_app_image" "shop" {
  repository = aws_ecr_repository.shop.repository_url
  tags       = ["1.4.2"]
  base_image = "scratch"

  files = {
    "/srv/shop"   = "${path.module}/build/shop"
    "/srv/assets" = "${path.module}/assets"
  }

  entrypoint    = ["/srv/shop"]
  exposed_ports = ["8080"]
  user          = "1000"
}

# A WAR becomes the root application of the base's Tomcat.
resource "awsdeploy_app_image" "store" {
  repository = aws_ecr_repository.store.repository_url
  tags       = ["1.4.2"]
  base_image = "public.ecr.aws/docker/library/tomcat:10-jre21"
  platforms  = ["linux/amd64", "linux/arm64"]
  package    = awsdeploy_app_package.store.path
}

# The image by its digest, for whatever runs it.
output "shop_image" {
  value = awsdeploy_app_image.shop.image
}
