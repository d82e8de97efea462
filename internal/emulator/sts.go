package emulator

import (
	"strings"
	"time"
)

// userName is the user whose keys sign requests, unless a role was assumed.
const userName = "operator"

func stsOperations() map[string]operation {
	return map[string]operation{
		"GetCallerIdentity":         (*call).getCallerIdentity,
		"AssumeRole":                (*call).assumeRole,
		"AssumeRoleWithWebIdentity": (*call).assumeRoleWithWebIdentity,
	}
}

// getCallerIdentity says who signed.
func (c *call) getCallerIdentity(values) (values, error) {
	if session, ok := c.sessions[c.accessKey]; ok {
		return values{"Account": c.account, "Arn": session.arn, "UserId": session.id}, nil
	}
	return values{
		"Account": c.account,
		"Arn":     "arn:aws:iam::" + c.account + ":user/" + userName,
		"UserId":  "AIDAOPERATOR00000000",
	}, nil
}

// session is who a role's keys speak for, and until when.
type session struct {
	arn, id string
	role    string // its ARN
	expires time.Time
}

// ExpireSessions ends every session of a role now, before its time.
func (e *Emulator) ExpireSessions() {
	e.mu.Lock()
	defer e.mu.Unlock()
	for key, s := range e.sessions {
		s.expires = e.clock.Now()
		e.sessions[key] = s
	}
}

func (c *call) assumeRole(in values) (values, error) { return c.startSession(in, "AssumeRole") }

func (c *call) assumeRoleWithWebIdentity(in values) (values, error) {
	out, err := c.startSession(in, "AssumeRoleWithWebIdentity")
	if err != nil {
		return nil, err
	}
	out["SubjectFromWebIdentityToken"] = "subject"
	out["Audience"] = "sts.amazonaws.com"
	out["Provider"] = "emulator"
	return out, nil
}

// startSession lets every caller assume every role of the account.
func (c *call) startSession(in values, operation string) (values, error) {
	arn := strings.Split(in.str("RoleArn"), ":")
	if len(arn) != 6 || arn[0] != "arn" || arn[2] != "iam" || !strings.HasPrefix(arn[5], "role/") {
		return nil, refuse("ValidationError", "%s is invalid", in.str("RoleArn"))
	}
	if arn[4] != c.account {
		return nil, &apiError{Code: "AccessDenied", Status: 403, Message: "User: arn:aws:iam::" + c.account + ":user/" + userName +
			" is not authorized to perform: sts:" + operation + " on resource: " + in.str("RoleArn")}
	}
	role := arn[5][strings.LastIndex(arn[5], "/")+1:]
	lifetime := time.Hour
	if in.has("DurationSeconds") {
		lifetime = time.Duration(in.integer("DurationSeconds")) * time.Second
	}
	id := "AROA" + strings.ToUpper(c.hex(17)) + ":" + in.str("RoleSessionName")
	s := session{role: in.str("RoleArn"), arn: "arn:" + arn[1] + ":sts::" + c.account + ":assumed-role/" + role + "/" + in.str("RoleSessionName"), id: id, expires: c.now.Add(lifetime)}
	key := "ASIA" + strings.ToUpper(c.hex(16))
	c.sessions[key] = s
	if c.settings.accessKeys != nil {
		c.settings.accessKeys[key] = true
	}
	return values{
		"AssumedRoleUser": values{"Arn": s.arn, "AssumedRoleId": s.id},
		"Credentials": values{
			"AccessKeyId": key, "SecretAccessKey": c.hex(40), "SessionToken": c.hex(64), "Expiration": s.expires,
		},
	}, nil
}
