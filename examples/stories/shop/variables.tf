variable "repository" {
  description = "Image repository, such as an aws_ecr_repository's repository_url."
  type        = string
}

variable "autoscaling_group" {
  description = "Name of the Auto Scaling group."
  type        = string
  default     = "shop-web"
}

variable "launch_template" {
  description = "Name of its launch template. Its default version has everything but the user data."
  type        = string
  default     = "shop-web"
}

variable "alarm" {
  description = "CloudWatch alarm that stops a release."
  type        = string
  default     = "shop-5xx"
}

variable "function" {
  description = "Name of the Lambda function, of the runtime provided.al2023."
  type        = string
  default     = "shop-api"
}

variable "platform" {
  description = "What the instances and the function run on."
  type        = object({ os = string, arch = string })
  default     = { os = "linux", arch = "amd64" }
}
