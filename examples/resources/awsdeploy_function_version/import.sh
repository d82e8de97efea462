terraform import awsdeploy_function_version.api shop-api:7
