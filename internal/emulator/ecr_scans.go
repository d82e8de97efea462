package emulator

import (
	"slices"
	"strconv"
	"time"
)

// Scan is what scans of a repository's images find.
type Scan struct {
	Findings []Finding
	// Status ends a scan otherwise than COMPLETE: FAILED, UNSUPPORTED_IMAGE.
	Status string
	// Takes is how long a scan lasts; zero means 30 seconds.
	Takes time.Duration
}

// Finding is one weakness that a scan finds.
type Finding struct{ Name, Severity, Description string }

// scanAgain is how long an image cannot be scanned again.
// https://docs.aws.amazon.com/AmazonECR/latest/userguide/image-scanning-basic.html
const scanAgain = 24 * time.Hour

// SetScan sets what scans find that start from now on in a repository.
func (e *Emulator) SetScan(region, repository string, s Scan) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if s.Takes == 0 {
		s.Takes = 30 * time.Second
	}
	if s.Status == "" {
		s.Status = "COMPLETE"
	}
	e.region(region).ecr.scans[repository] = s
}

// ecrScan is one scan of one image.
type ecrScan struct {
	started time.Time
	finds   Scan
}

func (s *ecrState) scan(r *ecrRepository, i *ecrImage, at time.Time) {
	finds, set := s.scans[r.name]
	if !set {
		finds = Scan{Status: "COMPLETE", Takes: 30 * time.Second}
	}
	i.scan = &ecrScan{started: at, finds: finds}
}

// status is what a scan has come to.
func (s *ecrScan) status(now time.Time) values {
	switch done := !now.Before(s.started.Add(s.finds.Takes)); {
	case !done:
		return values{"status": "IN_PROGRESS", "description": "The scan is in progress."}
	case s.finds.Status == "COMPLETE":
		return values{"status": "COMPLETE", "description": "The scan was completed successfully."}
	}
	return values{"status": s.finds.Status, "description": "The scan did not end well."}
}

func (s *ecrScan) counts() values {
	counts := values{}
	for _, f := range s.finds.Findings {
		n, _ := counts[f.Severity].(int)
		counts[f.Severity] = n + 1
	}
	return counts
}

// scanned finds an image by its identifier, or says that there is none.
func (c *call) scanned(in values) (*ecrRepository, *ecrImage, values, error) {
	r, err := c.repository(in)
	if err != nil {
		return nil, nil, nil, err
	}
	id := in.sub("imageId")
	i, failure, _ := r.resolve(id)
	if failure != "" {
		return nil, nil, nil, refuse("ImageNotFoundException",
			"The image with imageId {imageDigest:'%s', imageTag:'%s'} does not exist within the repository with name '%s' in the registry with id '%s'",
			orNull(id.str("imageDigest")), orNull(id.str("imageTag")), r.name, c.account)
	}
	shown := values{"imageDigest": i.digest}
	if id.has("imageTag") {
		shown["imageTag"] = id.str("imageTag")
	}
	return r, i, shown, nil
}

func (c *call) startImageScan(in values) (values, error) {
	r, i, id, err := c.scanned(in)
	switch {
	case err != nil:
		return nil, err
	case i.config == "":
		return nil, refuse("UnsupportedImageTypeException", "Image scanning is not supported for images of type '%s'", i.media)
	case i.scan != nil && c.now.Before(i.scan.started.Add(scanAgain)):
		return nil, refuse("LimitExceededException", "The scan quota per image has been exceeded. Wait and try again.")
	}
	c.region.ecr.scan(r, i, c.now)
	return values{"registryId": c.account, "repositoryName": r.name, "imageId": id, "imageScanStatus": i.scan.status(c.now)}, nil
}

func (c *call) describeImageScanFindings(in values) (values, error) {
	r, i, id, err := c.scanned(in)
	switch {
	case err != nil:
		return nil, err
	case i.scan == nil:
		return nil, refuse("ScanNotFoundException", "Image scan does not exist for the image with '{imageDigest:'%s', imageTag:'%s'}' in the repository with name '%s' in the registry with id '%s'",
			i.digest, orNull(id.str("imageTag")), r.name, c.account)
	}
	out := values{"registryId": c.account, "repositoryName": r.name, "imageId": id, "imageScanStatus": i.scan.status(c.now)}
	if i.scan.status(c.now).str("status") != "COMPLETE" {
		return out, nil
	}
	// Pages are cut by the findings' places.
	var places []string
	for n := range i.scan.finds.Findings {
		places = append(places, placeOf(n))
	}
	page, next, err := ecrPage(places, in)
	if err != nil {
		return nil, err
	}
	findings := []values{}
	for n, f := range i.scan.finds.Findings {
		if slices.Contains(page, placeOf(n)) {
			findings = append(findings, values{"name": f.Name, "severity": f.Severity, "description": f.Description})
		}
	}
	done := i.scan.started.Add(i.scan.finds.Takes)
	out["imageScanFindings"] = values{
		"imageScanCompletedAt": done, "vulnerabilitySourceUpdatedAt": i.scan.started,
		"findings": findings, "findingSeverityCounts": i.scan.counts(),
	}
	out["nextToken"] = next
	return out, nil
}

// placeOf orders findings as texts.
func placeOf(n int) string { return strconv.Itoa(1_000_000 + n) }

func (c *call) putImageScanningConfiguration(in values) (values, error) {
	r, err := c.repository(in)
	if err != nil {
		return nil, err
	}
	r.scanning = in.sub("imageScanningConfiguration")
	return values{"registryId": c.account, "repositoryName": r.name, "imageScanningConfiguration": r.scanning}, nil
}
