package provider

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/hashicorp/terraform-plugin-framework-validators/int64validator"
	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/awsapi"
	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/target/autoscaling"
)

var _ datasource.DataSourceWithConfigure = (*rollingReleaseHistory)(nil)

// NewRollingReleaseHistory is the data source awsdeploy_rolling_release_history.
func NewRollingReleaseHistory() datasource.DataSource { return &rollingReleaseHistory{} }

// rollingReleaseHistory lists a group's instance refreshes, whoever started
// them: AWS keeps them, so that no state has to.
type rollingReleaseHistory struct{ data }

type rollingHistoryModel struct {
	AutoscalingGroupName types.String   `tfsdk:"autoscaling_group_name"`
	MaxResults           types.Int64    `tfsdk:"max_results"`
	Refreshes            []refreshModel `tfsdk:"refreshes"`
}

type refreshModel struct {
	ID              types.String `tfsdk:"id"`
	Status          types.String `tfsdk:"status"`
	StatusReason    types.String `tfsdk:"status_reason"`
	StartTime       types.String `tfsdk:"start_time"`
	EndTime         types.String `tfsdk:"end_time"`
	TemplateID      types.String `tfsdk:"launch_template_id"`
	TemplateName    types.String `tfsdk:"launch_template_name"`
	TemplateVersion types.String `tfsdk:"launch_template_version"`
	Percent         types.Int64  `tfsdk:"percentage_complete"`
	Left            types.Int64  `tfsdk:"instances_to_update"`
	RollbackReason  types.String `tfsdk:"rollback_reason"`
	RollbackStart   types.String `tfsdk:"rollback_start_time"`
}

// Metadata names the type.
func (d *rollingReleaseHistory) Metadata(_ context.Context, req datasource.MetadataRequest, resp *datasource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_rolling_release_history"
}

// Configure takes the provider's clients.
func (d *rollingReleaseHistory) Configure(_ context.Context, req datasource.ConfigureRequest, resp *datasource.ConfigureResponse) {
	configure(req.ProviderData, &d.data, &resp.Diagnostics)
}

// Schema is what users write.
func (d *rollingReleaseHistory) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	told := func(text string) schema.StringAttribute {
		return schema.StringAttribute{Computed: true, MarkdownDescription: text}
	}
	counted := func(text string) schema.Int64Attribute {
		return schema.Int64Attribute{Computed: true, MarkdownDescription: text}
	}
	resp.Schema = schema.Schema{
		MarkdownDescription: "Lists the instance refreshes of an Auto Scaling group, the newest first, whoever started them: releases of `awsdeploy_rolling_release`, their ways back, and those of others. " +
			"AWS remembers them for six weeks. A release that is held or verified step by step is one refresh for each step.",
		Attributes: map[string]schema.Attribute{
			"autoscaling_group_name": schema.StringAttribute{Required: true, Validators: []validator.String{stringvalidator.LengthBetween(1, 255)},
				MarkdownDescription: "Name of the Auto Scaling group. One that does not exist is an error."},
			"max_results": schema.Int64Attribute{Optional: true, Validators: []validator.Int64{int64validator.Between(1, 10000)},
				MarkdownDescription: "How many refreshes to list, 1 to 10000, the newest of them. Default: all that AWS remembers."},
			"refreshes": schema.ListNestedAttribute{Computed: true, MarkdownDescription: "The refreshes, the newest first; one that is under way is the first.",
				NestedObject: schema.NestedAttributeObject{Attributes: map[string]schema.Attribute{
					"id":                      told("AWS's identifier, as in `release_id` of a release."),
					"status":                  told("AWS's status: `Pending`, `InProgress`, `Baking`, `Successful`, `Failed`, `Cancelling`, `Cancelled`, `RollbackInProgress`, `RollbackSuccessful` or `RollbackFailed`."),
					"status_reason":           told("What AWS says about the status; empty when it says nothing."),
					"start_time":              told("When it began, in UTC, such as `2030-01-31T12:00:00Z`; null while it has not begun."),
					"end_time":                told("When it ended, in UTC; null while it is under way."),
					"launch_template_id":      told("Id of the launch template that it was to bring; null when it was started without a desired configuration, and when AWS tells the name alone."),
					"launch_template_name":    told("Name of that launch template; null when AWS does not tell it."),
					"launch_template_version": told("The version that it was to bring; null when it was started without a desired configuration."),
					"percentage_complete":     counted("How much of it is done, in percent; null until AWS tells. In a roll-back it falls."),
					"instances_to_update":     counted("How many instances are still to be updated; null until AWS tells."),
					"rollback_reason":         told("Why AWS took it back; null when it did not."),
					"rollback_start_time":     told("When AWS began to take it back, in UTC; null when it did not."),
				}}},
		},
	}
}

// Read asks AWS.
func (d *rollingReleaseHistory) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	var m rollingHistoryModel
	if resp.Diagnostics.Append(req.Config.Get(ctx, &m)...); resp.Diagnostics.HasError() {
		return
	}
	at, name := path.Root("autoscaling_group_name"), m.AutoscalingGroupName.ValueString()
	if !d.known() {
		resp.Diagnostics.AddError("Provider not configured", "The provider's configuration holds values that are known only after apply, so AWS cannot be asked in this plan. Give it known values, or read the history in another configuration.")
		return
	}
	history, err := autoscaling.FindHistory(ctx, d.aws, name, int(m.MaxResults.ValueInt64()))
	switch {
	case errors.Is(err, awsapi.ErrNotFound):
		resp.Diagnostics.AddAttributeError(at, "Group not found", fmt.Sprintf("autoscaling_group_name = %q does not exist in %s. Give the name of a group that does.", name, d.aws.Region))
		return
	case err != nil:
		resp.Diagnostics.AddAttributeError(at, "Cannot read history", describe(err)+allow(err)+".")
		return
	}
	m.Refreshes = []refreshModel{} // none is an empty list
	for _, r := range history {
		m.Refreshes = append(m.Refreshes, refreshModelOf(r))
	}
	resp.Diagnostics.Append(resp.State.Set(ctx, m)...)
}

func refreshModelOf(r autoscaling.Refresh) refreshModel {
	return refreshModel{
		ID: types.StringValue(r.ID), Status: types.StringValue(r.Status), StatusReason: types.StringValue(r.Reason),
		StartTime: timeOrNull(r.Start), EndTime: timeOrNull(r.End),
		TemplateID: stringOrNull(r.Aim.ID), TemplateName: stringOrNull(r.AimName), TemplateVersion: stringOrNull(r.Aim.Version),
		Percent: numberOrNull(r.Percent), Left: numberOrNull(r.Left),
		RollbackReason: stringOrNull(r.RolledBack), RollbackStart: timeOrNull(r.RolledBackAt),
	}
}

func timeOrNull(t time.Time) types.String {
	if t.IsZero() {
		return types.StringNull()
	}
	return types.StringValue(t.UTC().Format(time.RFC3339))
}

func numberOrNull(n *int32) types.Int64 {
	if n == nil {
		return types.Int64Null()
	}
	return types.Int64Value(int64(*n))
}
