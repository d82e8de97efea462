#!/bin/sh
# What the module releases onto, in an emulated account: a group of four whose
# launch template has two versions.
set -eu
export AWS_PAGER= AWS_DEFAULT_REGION="$AWS_REGION"
image=$(aws ec2 register-image --name web --query ImageId --output text)
aws ec2 create-launch-template --launch-template-name shop-web \
	--launch-template-data "{\"ImageId\": \"$image\", \"InstanceType\": \"t3.micro\"}" >/dev/null
aws ec2 create-launch-template-version --launch-template-name shop-web --source-version 1 \
	--launch-template-data '{"InstanceType": "t3.small"}' >/dev/null
aws autoscaling create-auto-scaling-group --auto-scaling-group-name shop-web \
	--launch-template LaunchTemplateName=shop-web,Version=1 --min-size 0 --max-size 8 --desired-capacity 4 \
	--availability-zones "${AWS_REGION}a" "${AWS_REGION}b"
