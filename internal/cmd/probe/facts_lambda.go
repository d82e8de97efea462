package main

import (
	"archive/zip"
	"bytes"
	"context"
	"errors"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"
)

const alias = "live"

// function makes a function with versions 1 and 2 and an alias on the first.
func (a *account) function(ctx context.Context) error {
	if a.role == "" {
		return errors.New("it needs -role, a role that Lambda may assume")
	}
	code, err := program("exit 1")
	if err != nil {
		return err
	}
	if _, err := a.lambda.CreateFunction(ctx, &lambda.CreateFunctionInput{
		FunctionName: aws.String(name), Role: aws.String(a.role), Runtime: types.RuntimeProvidedal2023,
		Handler: aws.String("bootstrap"), Code: &types.FunctionCode{ZipFile: code}, Publish: true,
	}); err != nil {
		return err
	}
	a.undo = append(a.undo, func(ctx context.Context) error {
		_, err := a.lambda.DeleteFunction(ctx, &lambda.DeleteFunctionInput{FunctionName: aws.String(name)})
		return err
	})
	if err := a.settled(ctx); err != nil {
		return err
	}
	if code, err = program("exit 2"); err != nil {
		return err
	}
	if _, err := a.lambda.UpdateFunctionCode(ctx, &lambda.UpdateFunctionCodeInput{FunctionName: aws.String(name), ZipFile: code}); err != nil {
		return err
	}
	if err := a.settled(ctx); err != nil {
		return err
	}
	if _, err := a.lambda.PublishVersion(ctx, &lambda.PublishVersionInput{FunctionName: aws.String(name)}); err != nil {
		return err
	}
	_, err = a.lambda.CreateAlias(ctx, &lambda.CreateAliasInput{FunctionName: aws.String(name), Name: aws.String(alias), FunctionVersion: aws.String("1")})
	return err
}

func (a *account) settled(ctx context.Context) error {
	return a.until(ctx, 5*time.Minute, "the function is ready", func() (bool, error) {
		out, err := a.lambda.GetFunctionConfiguration(ctx, &lambda.GetFunctionConfigurationInput{FunctionName: aws.String(name)})
		return err == nil && out.State == types.StateActive && out.LastUpdateStatus == types.LastUpdateStatusSuccessful, err
	})
}

// program is a ZIP that holds a bootstrap, which nobody runs.
func program(script string) ([]byte, error) {
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	header := &zip.FileHeader{Name: "bootstrap", Method: zip.Deflate}
	header.SetMode(0o755)
	f, err := z.CreateHeader(header)
	if err != nil {
		return nil, err
	}
	if _, err := f.Write([]byte("#!/bin/sh\n" + script + "\n")); err != nil {
		return nil, err
	}
	err = z.Close()
	return b.Bytes(), err
}

func (a *account) weigh(ctx context.Context, weight float64) error {
	_, err := a.lambda.UpdateAlias(ctx, &lambda.UpdateAliasInput{
		FunctionName: aws.String(name), Name: aws.String(alias),
		RoutingConfig: &types.AliasRoutingConfiguration{AdditionalVersionWeights: map[string]float64{"2": weight}},
	})
	return err
}

func weightOneRefused(ctx context.Context, a *account) (bool, error) {
	if err := a.function(ctx); err != nil {
		return false, err
	}
	return refused(a.weigh(ctx, 1), "InvalidParameterValueException", "ValidationException")
}

func weightZeroRefused(ctx context.Context, a *account) (bool, error) {
	if err := a.function(ctx); err != nil {
		return false, err
	}
	return refused(a.weigh(ctx, 0), "InvalidParameterValueException", "ValidationException")
}

func weightsRefusedWhenProvisioned(ctx context.Context, a *account) (bool, error) {
	if err := a.function(ctx); err != nil {
		return false, err
	}
	if _, err := a.lambda.PutProvisionedConcurrencyConfig(ctx, &lambda.PutProvisionedConcurrencyConfigInput{
		FunctionName: aws.String(name), Qualifier: aws.String(alias), ProvisionedConcurrentExecutions: aws.Int32(1),
	}); err != nil {
		return false, err
	}
	return refused(a.weigh(ctx, 0.5), "InvalidParameterValueException", "ResourceConflictException", "ValidationException")
}
