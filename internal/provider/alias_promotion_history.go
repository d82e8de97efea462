package provider

import (
	"time"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

// mostRemembered is how many promotions a state keeps.
const mostRemembered = 10

func historyType() types.ObjectType {
	return types.ObjectType{AttrTypes: map[string]attr.Type{
		"version": types.StringType, "previous_version": types.StringType, "status": types.StringType,
		"reason": types.StringType, "started_at": types.StringType, "ended_at": types.StringType,
	}}
}

func historyAttributes() map[string]schema.Attribute {
	text := func(description string) schema.Attribute {
		return schema.StringAttribute{Computed: true, MarkdownDescription: description}
	}
	return map[string]schema.Attribute{
		"version":          text("The version that was to be live."),
		"previous_version": text("The version that it was to replace; null when there was none."),
		"status":           text("How it ended, in the words of `status`."),
		"reason":           text("Why it did not succeed; empty when it did."),
		"started_at":       text("When it began, or was taken up again, as RFC 3339 in UTC."),
		"ended_at":         text("When the provider left it, as RFC 3339 in UTC."),
	}
}

// remember is the history with the promotion that just ended.
func (m aliasPromotionModel) remember(prior *aliasPromotionModel, out outcome, back string, now time.Time) types.List {
	reason := ""
	if !out.succeeded() {
		reason = out.reason()
	}
	entry := types.ObjectValueMust(historyType().AttrTypes, map[string]attr.Value{
		"version": m.Version, "previous_version": stringOrNull(back), "status": types.StringValue(phaseStatus(out.state.Phase)),
		"reason":     types.StringValue(reason),
		"started_at": types.StringValue(out.state.Began.UTC().Format(time.RFC3339)),
		"ended_at":   types.StringValue(now.UTC().Format(time.RFC3339)),
	})
	all := []attr.Value{entry}
	if prior != nil {
		all = append(all, prior.History.Elements()...)
	}
	return types.ListValueMust(historyType(), all[:min(len(all), mostRemembered)])
}

// keepAll copies the results of the last promotion: nothing is released.
func (m *aliasPromotionModel) keepAll(prior aliasPromotionModel) {
	m.keepResults(prior.releaseModel)
	m.History = prior.History
}
