package verify

import (
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// shortestSecret is the shortest value that is hidden: a shorter one is in
// every text by chance.
const shortestSecret = 4

// plainHeaders say nothing that is not known anyway.
var plainHeaders = []string{"accept", "accept-charset", "accept-encoding", "accept-language", "cache-control", "content-type", "host", "origin", "user-agent"}

// hide makes in text unreadable what was sent and may be secret: a page of
// errors likes to repeat its request.
func (h HTTP) hide(address, text string) string {
	secrets := addressSecrets(address)
	for name, value := range h.Headers {
		if slices.Contains(plainHeaders, strings.ToLower(name)) {
			continue
		}
		secrets = append(secrets, value)
		if fields := strings.Fields(value); len(fields) > 1 {
			secrets = append(secrets, fields[1:]...) // behind Bearer or Basic
		}
	}
	if len(h.Body) > 0 {
		secrets = append(secrets, h.Body)
	}
	// The longest first: one may hold another.
	slices.SortFunc(secrets, func(a, b string) int { return len(b) - len(a) })
	for _, s := range secrets {
		for _, form := range []string{s, strings.Trim(strconv.Quote(s), `"`), url.QueryEscape(s), strings.Join(strings.Fields(s), " ")} {
			if len(form) >= shortestSecret {
				text = strings.ReplaceAll(text, form, "***")
			}
		}
	}
	return text
}

// addressSecrets are the password and the query's values of a URL.
func addressSecrets(address string) (all []string) {
	u, err := url.Parse(address)
	if err != nil {
		return nil
	}
	if password, ok := u.User.Password(); ok {
		all = append(all, password)
	}
	for pair := range strings.SplitSeq(u.RawQuery, "&") {
		_, value, _ := strings.Cut(pair, "=")
		all = append(all, value)
		if plain, err := url.QueryUnescape(value); err == nil {
			all = append(all, plain)
		}
	}
	return all
}
