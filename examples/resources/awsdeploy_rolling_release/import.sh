terraform import awsdeploy_rolling_release.web shop-web
