package verify

import (
	"crypto/tls"
	"crypto/x509"
)

// TLS says whose certificates an HTTP check accepts.
type TLS struct {
	// Authorities are accepted beside the system's, in PEM.
	Authorities string
	// ServerName is the name that the certificate must be for; default: the
	// URL's host.
	ServerName string
	// Insecure accepts any certificate.
	Insecure bool
}

// config is t for a client; nil is the client's own.
func (t TLS) config() *tls.Config {
	if t == (TLS{}) {
		return nil
	}
	out := &tls.Config{MinVersion: tls.VersionTLS12, ServerName: t.ServerName, InsecureSkipVerify: t.Insecure}
	if t.Authorities != "" {
		pool, err := x509.SystemCertPool()
		if err != nil {
			pool = x509.NewCertPool() // a system without any
		}
		pool.AppendCertsFromPEM([]byte(t.Authorities))
		out.RootCAs = pool
	}
	return out
}

// IsCertificates tells whether text holds certificates in PEM.
func IsCertificates(text string) bool {
	return x509.NewCertPool().AppendCertsFromPEM([]byte(text))
}
