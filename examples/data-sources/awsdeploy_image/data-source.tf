# The digest that a tag has now, for what must not move with it.
data "awsdeploy_image" "tomcat" {
  repository = "public.ecr.aws/docker/library/tomcat"
  tag        = "10-jre21"
  platform   = "linux/arm64"
}

output "tomcat" {
  value = {
    image     = data.awsdeploy_image.tomcat.image # repository@sha256:…
    platforms = data.awsdeploy_image.tomcat.platforms
    home      = data.awsdeploy_image.tomcat.config.env["CATALINA_HOME"]
  }
}
