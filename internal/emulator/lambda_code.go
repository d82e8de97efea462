package emulator

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"strings"
)

// functionCode is a deployment package or an image, resolved when it was given:
// a tag that moves afterwards changes no function.
type functionCode struct {
	sha256   string
	size     int64
	archive  []byte // a .zip file's bytes
	image    string // the URI as given
	resolved string // the URI by digest
}

// AWS's limits for a package: the whole request in base64, and unpacked.
const (
	maxCodeRequest  = 70167211
	maxUnpackedCode = 262144000
)

// functionCode reads the members that name code: ZipFile, S3Bucket and S3Key,
// or ImageUri.
func (c *call) functionCode(operation, packageType string, in values) (functionCode, error) {
	archive, _ := in["ZipFile"].([]byte)
	given := 0
	for _, yes := range []bool{in.has("ZipFile"), in.has("S3Bucket") || in.has("S3Key"), in.has("ImageUri")} {
		if yes {
			given++
		}
	}
	switch {
	case packageType == "Image" && (in.has("ZipFile") || in.has("S3Bucket")):
		return functionCode{}, refuse("InvalidParameterValueException",
			"Please provide ImageUri when updating a function with packageType Image.")
	case packageType == "Zip" && in.has("ImageUri"):
		return functionCode{}, refuse("InvalidParameterValueException",
			"Please don't provide ImageUri when updating a function with packageType Zip.")
	case given != 1:
		return functionCode{}, refuse("InvalidParameterValueException",
			"Please provide exactly one of: ZipFile, S3Bucket and S3Key, ImageUri.")
	case in.has("ImageUri"):
		return c.imageCode(in.str("ImageUri"))
	case !in.has("ZipFile"):
		var err error
		if archive, err = c.packageObject(in.str("S3Bucket"), in.str("S3Key"), in.str("S3ObjectVersion")); err != nil {
			return functionCode{}, err
		}
	case base64.StdEncoding.EncodedLen(len(archive)) > maxCodeRequest:
		return functionCode{}, &apiError{Code: "RequestEntityTooLargeException",
			Message: "Request must be smaller than 70167211 bytes for the " + operation + " operation",
			Status:  http.StatusRequestEntityTooLarge}
	}
	return archiveCode(archive)
}

// packageObject fetches a deployment package from S3 with Lambda's words for
// what goes wrong.
func (c *call) packageObject(bucket, key, version string) ([]byte, error) {
	body, code, message := c.object(bucket, key, version)
	if code != "" {
		return nil, refuse("InvalidParameterValueException",
			"Error occurred while GetObject. S3 Error Code: %s. S3 Error Message: %s", code, message)
	}
	return body, nil
}

func archiveCode(archive []byte) (functionCode, error) {
	files, err := zip.NewReader(bytes.NewReader(archive), int64(len(archive)))
	if err != nil {
		return functionCode{}, refuse("InvalidParameterValueException",
			"Could not unzip uploaded file. Please check your file, then try to upload again.")
	}
	if len(files.File) == 0 {
		return functionCode{}, refuse("InvalidParameterValueException", "Uploaded file must be a non-empty zip")
	}
	unpacked := uint64(0)
	for _, f := range files.File {
		if f.UncompressedSize64 > maxUnpackedCode {
			unpacked = f.UncompressedSize64
			break // the sum of what entries claim might be small again
		}
		unpacked += f.UncompressedSize64
	}
	if unpacked > maxUnpackedCode {
		return functionCode{}, refuse("InvalidParameterValueException",
			"Unzipped size must be smaller than %d bytes", maxUnpackedCode)
	}
	sum := sha256.Sum256(archive)
	return functionCode{
		sha256:  base64.StdEncoding.EncodeToString(sum[:]),
		size:    int64(len(archive)),
		archive: archive,
	}, nil
}

// imageCode resolves an image to its digest. CodeSha256 of an image is the
// digest's hexadecimal part, and CodeSize is 0.
func (c *call) imageCode(uri string) (functionCode, error) {
	digest, found := c.imageDigest(uri)
	if !found {
		return functionCode{}, refuse("InvalidParameterValueException",
			"Source image %s does not exist. Provide a valid source image.", uri)
	}
	return functionCode{
		sha256:   strings.TrimPrefix(digest, "sha256:"),
		image:    uri,
		resolved: imageRepository(uri) + "@" + digest,
	}, nil
}

// imageRepository is the URI without its tag or digest.
func imageRepository(uri string) string {
	uri, _, _ = strings.Cut(uri, "@")
	if colon := strings.LastIndexByte(uri, ':'); colon > strings.LastIndexByte(uri, '/') {
		uri = uri[:colon]
	}
	return uri
}

// location is the code as GetFunction shows it.
func (f functionCode) location(arn string) values {
	if f.image != "" {
		return values{"RepositoryType": "ECR", "ImageUri": f.image, "ResolvedImageUri": f.resolved}
	}
	return values{"RepositoryType": "S3", "Location": "https://awslambda.invalid/" + arn}
}
