package ecr

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecr"
	"github.com/aws/aws-sdk-go-v2/service/ecr/types"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/awsapi"
	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/clock"
)

// scanPoll lies between two looks at a scan, which takes from seconds to some
// minutes.
const scanPoll = 5 * time.Second

// ErrUnscannable is an image that ECR does not scan.
var ErrUnscannable = errors.New("ECR does not scan this image")

// Severities are those of findings, the gravest first.
func Severities() []string {
	return []string{"CRITICAL", "HIGH", "MEDIUM", "LOW", "INFORMATIONAL", "UNDEFINED"}
}

// ScanAPI is what a scan calls.
type ScanAPI interface {
	StartImageScan(context.Context, *ecr.StartImageScanInput, ...func(*ecr.Options)) (*ecr.StartImageScanOutput, error)
	DescribeImageScanFindings(context.Context, *ecr.DescribeImageScanFindingsInput, ...func(*ecr.Options)) (*ecr.DescribeImageScanFindingsOutput, error)
}

// Findings are what a scan found.
type Findings struct {
	Counts map[string]int32 // by severity
	Names  []string         // "CRITICAL CVE-2024-1: text", the gravest first
}

// AtLeast counts the findings that are as grave as that or graver.
func (f Findings) AtLeast(severity string) int32 {
	var n int32
	for _, s := range Severities() {
		n += f.Counts[s]
		if s == severity {
			break
		}
	}
	return n
}

// Scan waits for the findings of an image, and starts a scan where neither
// the repository nor an enhanced scan has. It ends at the deadline.
func (r Repository) Scan(ctx context.Context, api ScanAPI, c clock.Clock, digest string, deadline time.Time) (Findings, error) {
	id, region := r.registry()
	image := &types.ImageIdentifier{ImageDigest: aws.String(digest)}
	started := false
	for {
		out, err := api.DescribeImageScanFindings(ctx, &ecr.DescribeImageScanFindingsInput{
			RegistryId: id, RepositoryName: aws.String(r.Name), ImageId: image, MaxResults: aws.Int32(1000),
		}, region)
		last := "it has not begun"
		switch {
		case awsapi.Code(err) == "ScanNotFoundException" && !started:
			started = true
			if err := r.startScan(ctx, api, image); err != nil {
				return Findings{}, err
			}
			continue
		case awsapi.Code(err) == "ScanNotFoundException": // asked for, and not to be seen yet
		case err != nil:
			return Findings{}, err
		default:
			found, done, err := scanned(out)
			if done || err != nil {
				return found, err
			}
			last = "it is " + string(out.ImageScanStatus.Status)
		}
		if !c.Now().Add(scanPoll).Before(deadline) {
			return Findings{}, fmt.Errorf("the scan of %s did not end in time: %s", digest, last)
		}
		if err := c.Sleep(ctx, scanPoll); err != nil {
			return Findings{}, err
		}
	}
}

// startScan asks for a basic scan. Where enhanced scanning is on, ECR refuses
// that and scans by itself; once a day is enough for an image.
func (r Repository) startScan(ctx context.Context, api ScanAPI, image *types.ImageIdentifier) error {
	id, region := r.registry()
	_, err := api.StartImageScan(ctx, &ecr.StartImageScanInput{RegistryId: id, RepositoryName: aws.String(r.Name), ImageId: image}, region)
	switch awsapi.Code(err) {
	case "UnsupportedImageTypeException":
		return fmt.Errorf("%w (%s)", ErrUnscannable, awsapi.Describe(err))
	case "LimitExceededException", "ValidationException":
		return nil
	}
	return err
}

// scanned reads what a scan came to. A status that is not known is an error.
func scanned(out *ecr.DescribeImageScanFindingsOutput) (Findings, bool, error) {
	if out.ImageScanStatus == nil {
		return Findings{}, false, errors.New("ECR told no status of the scan")
	}
	switch status := out.ImageScanStatus.Status; status {
	case types.ScanStatusInProgress, types.ScanStatusPending:
		return Findings{}, false, nil
	case types.ScanStatusComplete, types.ScanStatusActive:
		return findings(out.ImageScanFindings), true, nil
	case types.ScanStatusFailed, types.ScanStatusUnsupportedImage, types.ScanStatusScanEligibilityExpired,
		types.ScanStatusFindingsUnavailable, types.ScanStatusLimitExceeded, types.ScanStatusImageArchived:
		return Findings{}, true, fmt.Errorf("%w: its scan is %s (%s)", ErrUnscannable, status, aws.ToString(out.ImageScanStatus.Description))
	default:
		return Findings{}, true, fmt.Errorf("ECR told a status of the scan that is not known: %s", status)
	}
}

func findings(in *types.ImageScanFindings) Findings {
	if in == nil {
		return Findings{}
	}
	f := Findings{Counts: in.FindingSeverityCounts}
	for _, one := range in.Findings {
		f.Names = append(f.Names, fmt.Sprintf("%s %s: %s", one.Severity, aws.ToString(one.Name), aws.ToString(one.Description)))
	}
	for _, one := range in.EnhancedFindings {
		f.Names = append(f.Names, fmt.Sprintf("%s %s", aws.ToString(one.Severity), aws.ToString(one.Title)))
	}
	rank := func(name string) int {
		severity, _, _ := strings.Cut(name, " ")
		return slices.Index(Severities(), severity)
	}
	slices.SortStableFunc(f.Names, func(a, b string) int { return rank(a) - rank(b) })
	return f
}
