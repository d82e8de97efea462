# Run against the emulator, after seed.sh: see the guide "Testing your modules
# offline".
variables {
  autoscaling_group    = "shop-web"
  launch_template_name = "shop-web"
}

run "adopts_what_runs" {
  variables {
    release = "1"
  }

  assert {
    condition     = output.status == "promoted"
    error_message = "The group was not adopted: ${output.status}."
  }
}

run "plans_the_schedule" {
  command = plan

  variables {
    release = "2"
  }

  assert {
    condition     = tolist([for s in output.schedule : s.percent]) == tolist([10, 50, 100])
    error_message = "A risky release does not go by a tenth and a half."
  }
}

run "releases" {
  variables {
    release = "2"
    risk    = "low"
  }

  assert {
    condition     = output.status == "promoted"
    error_message = "The release was not promoted: ${output.status}."
  }

  assert {
    condition     = length(output.live) == 1 && one(values(output.live)) == 100
    error_message = "Not every instance runs the new version."
  }
}

run "refuses_another_risk" {
  command = plan

  variables {
    release = "2"
    risk    = "none"
  }

  expect_failures = [var.risk]
}
