package emulator

// object reads an object of the emulated S3. A failure is S3's error code and
// message.
func (e *Emulator) object(bucket, key, version string) (body []byte, code, message string) {
	return nil, "NoSuchBucket", "The specified bucket does not exist"
}

// imageDigest finds the digest of an image in the emulated registry.
func (e *Emulator) imageDigest(uri string) (digest string, found bool) {
	_, digest, found = cutDigest(uri)
	return digest, found
}

// cutDigest splits a reference by digest.
func cutDigest(uri string) (repository, digest string, found bool) {
	for i := range uri {
		if uri[i] == '@' {
			return uri[:i], uri[i+1:], true
		}
	}
	return uri, "", false
}

// locked runs fn as an operation runs: with the emulator locked and its
// timeline advanced to the clock's time.
func (e *Emulator) locked(fn func()) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.advance(e.clock.Now())
	fn()
}
