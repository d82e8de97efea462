package cache

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
)

// Save keeps a value in a file, as JSON below a hash of it, by which Load
// tells one that is damaged: a disk that ran full, a machine that lost its
// power, or a file that was copied to another's place.
func Save(file string, value any) error {
	data, err := json.Marshal(value)
	if err != nil {
		return err
	}
	return Write(file, func(w io.Writer) error {
		_, err := w.Write(append([]byte(seal(file, data)+"\n"), data...))
		return err
	})
}

// Load reads what Save kept. It is false, and into is as it was, where there
// is no such file, or not what was kept in it.
func Load(file string, into any) bool {
	data, err := os.ReadFile(file)
	if err != nil {
		return false
	}
	sum, data, found := bytes.Cut(data, []byte("\n"))
	return found && string(sum) == seal(file, data) && json.Unmarshal(data, into) == nil
}

// seal is a hash of a record and of its name, with the directory that says
// what it is a record of.
func seal(file string, data []byte) string {
	h := sha256.New()
	_, _ = io.WriteString(h, filepath.Base(filepath.Dir(file))+"/"+filepath.Base(file)+"\n")
	_, _ = h.Write(data)
	return hex.EncodeToString(h.Sum(nil))
}
