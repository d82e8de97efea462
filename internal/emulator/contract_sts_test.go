package emulator

func contractSTS() []contractGroup {
	return []contractGroup{{
		name: "identities", service: "sts",
		cases: []contractCase{
			{
				args: []string{"get-caller-identity"},
				want: `{"Account": "123456789012", "Arn": "arn:aws:iam::123456789012:user/operator", "UserId": "*"}`,
			},
			{
				args: []string{"assume-role", "--role-arn", "arn:aws:iam::123456789012:role/deploy", "--role-session-name", "ci"},
				want: `{
					"AssumedRoleUser": {"Arn": "arn:aws:sts::123456789012:assumed-role/deploy/ci"},
					"Credentials": {"AccessKeyId": "*", "SecretAccessKey": "*", "SessionToken": "*", "Expiration": "2026-03-01T13:00:00.000Z"}}`,
			},
			{
				args: []string{"assume-role-with-web-identity", "--role-arn", "arn:aws:iam::123456789012:role/ci/deploy",
					"--role-session-name", "job", "--web-identity-token", "header.payload.signature"},
				want: `{"AssumedRoleUser": {"Arn": "arn:aws:sts::123456789012:assumed-role/deploy/job"}, "Provider": "emulator"}`,
			},
			{
				args:        []string{"assume-role", "--role-arn", "arn:aws:iam::999999999999:role/deploy", "--role-session-name", "ci"},
				wantErrCode: "AccessDenied",
			},
			{
				args:        []string{"assume-role", "--role-arn", "arn:aws:iam::123456789012:role/x", "--role-session-name", "ci", "--duration-seconds", "1"},
				wantErrCode: "ValidationError",
			},
			{args: []string{"get-session-token"}, wantErrCode: "NotSupportedByEmulator"},
		},
	}}
}
