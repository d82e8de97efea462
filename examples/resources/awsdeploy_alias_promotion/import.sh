terraform import awsdeploy_alias_promotion.live shop-api:live
