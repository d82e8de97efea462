package emulator

func contractIAM() []contractGroup {
	return []contractGroup{{
		name: "instance profiles", service: "iam",
		cases: []contractCase{
			{
				args: []string{"create-instance-profile", "--instance-profile-name", "web", "--path", "/shop/"},
				want: `{"InstanceProfile": {"InstanceProfileName": "web", "Path": "/shop/", "InstanceProfileId": "*", "CreateDate": "*", "Roles": [],
					"Arn": "arn:aws:iam::123456789012:instance-profile/shop/web"}}`,
			},
			{args: []string{"create-instance-profile", "--instance-profile-name", "Web"}, wantErrCode: "EntityAlreadyExists"},
			{args: []string{"get-instance-profile", "--instance-profile-name", "web"}, want: `{"InstanceProfile": {"InstanceProfileName": "web"}}`},
			{args: []string{"get-instance-profile", "--instance-profile-name", "none"}, wantErrCode: "NoSuchEntity"},
			{args: []string{"delete-instance-profile", "--instance-profile-name", "web"}},
			{args: []string{"delete-instance-profile", "--instance-profile-name", "web"}, wantErrCode: "NoSuchEntity"},
			{args: []string{"list-roles"}, wantErrCode: "NotSupportedByEmulator"},
		},
	}}
}
