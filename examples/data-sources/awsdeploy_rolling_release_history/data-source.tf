data "awsdeploy_rolling_release_history" "web" {
  autoscaling_group_name = "shop-web"
  max_results            = 20
}

# What went wrong lately, and why.
output "failures" {
  value = {
    for r in data.awsdeploy_rolling_release_history.web.refreshes :
    r.id => coalesce(r.rollback_reason, r.status_reason, r.status)
    if contains(["Failed", "RollbackSuccessful", "RollbackFailed"], r.status)
  }
}
