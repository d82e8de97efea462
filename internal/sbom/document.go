package sbom

import (
	"bytes"
	"crypto/sha1" //nolint:gosec // UUIDs of version 5 are made by it
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	cdx "github.com/CycloneDX/cyclonedx-go"
)

// MediaType is what registries call the document.
const MediaType = "application/vnd.cyclonedx+json"

// Subject is what a document is about.
type Subject struct {
	Kind    string // container or application
	Name    string
	Version string
	SHA256  string // hexadecimal
	Arch    string // of a container
	Base    *Base  // of a container; nil when there is none

	Uncovered []string // what the caller knows that the inventory lacks
}

// Base is the image that a container is laid upon.
type Base struct {
	Name, Version string
	Read          bool // its files are in the inventory
}

// Document writes the bill of materials: the same inventory and subject, the
// same bytes.
func (i *Inventory) Document(s Subject) ([]byte, error) {
	w := i.write(s)
	uncovered := slices.Clone(s.Uncovered)
	for _, file := range sortedKeys(i.Gaps) {
		uncovered = append(uncovered, file+": "+i.Gaps[file])
	}
	bom := cdx.NewBOM()
	bom.SpecVersion, bom.JSONSchema = cdx.SpecVersion1_6, "http://cyclonedx.org/schema/bom-1.6.schema.json"
	bom.Metadata = &cdx.Metadata{
		Tools:     &cdx.ToolsChoice{Components: &[]cdx.Component{{Type: cdx.ComponentTypeApplication, Name: "terraform-provider-awsdeploy"}}},
		Component: &w.root,
	}
	aggregate := cdx.CompositionAggregateUnknown
	if len(uncovered) > 0 {
		aggregate = cdx.CompositionAggregateIncomplete
		var said []cdx.Property
		for _, text := range uncovered {
			said = append(said, cdx.Property{Name: "awsdeploy:not_covered", Value: text})
		}
		bom.Metadata.Properties = &said
	}
	compositions := []cdx.Composition{{Aggregate: aggregate, Assemblies: &[]cdx.BOMReference{cdx.BOMReference(w.root.BOMRef)}}}
	if s.Base != nil && !s.Base.Read {
		compositions = append(compositions, cdx.Composition{Aggregate: cdx.CompositionAggregateIncomplete, Assemblies: &[]cdx.BOMReference{cdx.BOMReference(w.base)}})
	}
	bom.Components, bom.Dependencies, bom.Compositions = &w.components, &w.dependencies, &compositions
	content, err := json.Marshal(bom)
	if err != nil {
		return nil, err
	}
	bom.SerialNumber = "urn:uuid:" + uuid(string(content))
	var b bytes.Buffer
	err = cdx.NewBOMEncoder(&b, cdx.BOMFileFormatJSON).SetPretty(true).SetEscapeHTML(false).EncodeVersion(bom, cdx.SpecVersion1_6)
	return b.Bytes(), err
}

// uuid is the UUID of version 5 that a text has among addresses.
// https://www.rfc-editor.org/rfc/rfc9562#name-uuid-version-5
func uuid(text string) string {
	urls := []byte{0x6b, 0xa7, 0xb8, 0x11, 0x9d, 0xad, 0x11, 0xd1, 0x80, 0xb4, 0x00, 0xc0, 0x4f, 0xd4, 0x30, 0xc8}
	sum := sha1.Sum(append(urls, text...)) //nolint:gosec // see above
	sum[6], sum[8] = sum[6]&0x0f|0x50, sum[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", sum[0:4], sum[4:6], sum[6:8], sum[8:10], sum[10:16])
}

// writing is a document under way.
type writing struct {
	root         cdx.Component
	base         string // the base's reference
	components   []cdx.Component
	dependencies []cdx.Dependency
}

// known is one component of all files, with the places where it was found.
type known struct {
	Component
	purl   string
	ref    string
	places []string
	parts  []string // keys
}

func (i *Inventory) write(s Subject) writing {
	system, release := i.system()
	all := map[string]*known{}
	var top []string
	for _, file := range sortedKeys(i.Found) {
		for _, c := range i.declaredOnly(file, i.Found[file]) {
			top = append(top, gather(all, c, system, release))
		}
	}
	w := writing{root: cdx.Component{Type: cdx.ComponentType(s.Kind), Name: s.Name, Version: s.Version}}
	subject := Component{Type: "oci", Name: strings.ToLower(s.Name), Version: s.Version, Arch: s.Arch}
	w.root.BOMRef = s.Name + "@" + s.Version
	if s.Kind == string(cdx.ComponentTypeContainer) {
		w.root.PackageURL = subject.packageURL("", "")
		w.root.BOMRef = w.root.PackageURL
	}
	if s.SHA256 != "" {
		w.root.Hashes = &[]cdx.Hash{{Algorithm: cdx.HashAlgoSHA256, Value: s.SHA256}}
	}
	taken := map[string]bool{w.root.BOMRef: true}
	var needed []string
	if s.Base != nil {
		base := cdx.Component{Type: cdx.ComponentTypeContainer, Name: s.Base.Name, Version: s.Base.Version}
		name := s.Base.Name[strings.LastIndex(s.Base.Name, "/")+1:]
		name, _, _ = strings.Cut(name, "@")
		name, _, _ = strings.Cut(name, ":")
		base.PackageURL = Component{Type: "oci", Name: name, Version: s.Base.Version, Arch: s.Arch}.packageURL("", "")
		base.BOMRef = base.PackageURL
		w.base, taken[base.BOMRef] = base.BOMRef, true
		w.components = append(w.components, base)
		needed = append(needed, base.BOMRef)
	}
	keys := sortedKeys(all)
	for _, key := range keys {
		all[key].refer(taken)
	}
	for _, key := range top {
		needed = append(needed, all[key].ref)
	}
	w.depends(w.root.BOMRef, needed)
	for _, key := range keys {
		k := all[key]
		w.components = append(w.components, k.component())
		var parts []string
		for _, part := range k.parts {
			parts = append(parts, all[part].ref)
		}
		w.depends(k.ref, parts)
	}
	return w
}

func (w *writing) depends(ref string, on []string) {
	slices.Sort(on)
	on = slices.DeleteFunc(slices.Compact(on), func(other string) bool { return other == ref })
	d := cdx.Dependency{Ref: ref}
	if len(on) > 0 {
		d.Dependencies = &on
	}
	w.dependencies = append(w.dependencies, d)
}

// gather adds a component and its parts, and returns its key.
func gather(all map[string]*known, c Component, system, release string) string {
	purl := c.packageURL(system, release)
	key := strings.Join([]string{purl, c.Namespace, c.Name, c.Version, c.SHA256, c.Kind}, "\x00")
	k, there := all[key]
	if !there {
		k = &known{Component: c, purl: purl}
		all[key] = k
	}
	if c.Path != "" && !slices.Contains(k.places, c.Path) {
		k.places = append(k.places, c.Path)
	}
	for _, part := range c.Parts {
		if sub := gather(all, part, system, release); sub != key && !slices.Contains(k.parts, sub) {
			k.parts = append(k.parts, sub)
		}
	}
	return key
}

// refer gives the component a reference that nothing else in the document has.
func (k *known) refer(taken map[string]bool) {
	k.ref = k.purl
	if k.ref == "" {
		k.ref = strings.Trim(k.Name+"@"+k.Version, "@")
	}
	if taken[k.ref] && k.SHA256 != "" {
		k.ref += "#" + k.SHA256[:12]
	}
	for plain, n := k.ref, 2; taken[k.ref]; n++ {
		k.ref = fmt.Sprintf("%s#%d", plain, n)
	}
	taken[k.ref] = true
}

// confidence is how sure an identity is, by how it is known.
var confidence = map[string]float32{byManifest: 1, byBinary: 1, byFilename: 0.5}

func (k *known) component() cdx.Component {
	c := cdx.Component{BOMRef: k.ref, Type: cdx.ComponentType(k.Kind), Group: k.Namespace, Name: k.Name, Version: k.Version, PackageURL: k.purl}
	var hashes []cdx.Hash
	if k.SHA1 != "" {
		hashes = append(hashes, cdx.Hash{Algorithm: cdx.HashAlgoSHA1, Value: k.SHA1})
	}
	if k.SHA256 != "" {
		hashes = append(hashes, cdx.Hash{Algorithm: cdx.HashAlgoSHA256, Value: k.SHA256})
	}
	if len(hashes) > 0 {
		c.Hashes = &hashes
	}
	if k.License != "" {
		c.Licenses = &cdx.Licenses{{License: &cdx.License{Name: k.License}}}
	}
	var facts []cdx.Property
	for _, name := range sortedKeys(k.Facts) {
		facts = append(facts, cdx.Property{Name: "awsdeploy:" + name, Value: k.Facts[name]})
	}
	if len(facts) > 0 {
		c.Properties = &facts
	}
	slices.Sort(k.places)
	sure := confidence[k.How]
	field := cdx.EvidenceIdentityFieldTypePURL
	if k.purl == "" {
		field = cdx.EvidenceIdentityFieldTypeName
	}
	evidence := &cdx.Evidence{}
	if k.How != "" {
		evidence.Identity = &cdx.EvidenceIdentityChoice{Identities: &[]cdx.EvidenceIdentity{{
			Field: field, Confidence: &sure, Methods: &[]cdx.EvidenceIdentityMethod{{Technique: cdx.EvidenceIdentityTechnique(k.How), Confidence: &sure}},
		}}}
	}
	var places []cdx.EvidenceOccurrence
	for _, place := range k.places {
		places = append(places, cdx.EvidenceOccurrence{Location: place})
	}
	if len(places) > 0 {
		evidence.Occurrences = &places
	}
	c.Evidence = evidence
	return c
}
