package image

import (
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"
)

// Layout says how a JAR or WAR is laid into the image.
type Layout string

// The layouts.
const (
	LayoutAuto    Layout = "auto"    // layered where that changes nothing for the program
	LayoutLayered Layout = "layered" // unpacked, by what changes together
	LayoutWhole   Layout = "whole"   // one file
)

// Java is how a JAR or WAR is laid into the image and started.
type Java struct {
	Layout    Layout   `json:"layout,omitempty"` // empty is LayoutAuto
	JVMFlags  []string `json:"jvm_flags,omitempty"`
	MainClass string   `json:"main_class,omitempty"` // empty is what the manifest says
	Webapps   string   `json:"webapps,omitempty"`    // where a WAR's server looks; empty is what the base says
	Context   string   `json:"context,omitempty"`    // a WAR's name there; empty is ROOT
}

func (j Java) layout() Layout {
	if j.Layout == "" {
		return LayoutAuto
	}
	return j.Layout
}

// orNil keeps what says nothing out of keys.
func (j Java) orNil() *Java {
	if j.Layout == LayoutAuto {
		j.Layout = ""
	}
	if j.Layout == "" && len(j.JVMFlags) == 0 && j.MainClass == "" && j.Webapps == "" && j.Context == "" {
		return nil
	}
	return &j
}

// runs is the command of a virtual machine.
func (j Java) runs(arguments ...string) []string {
	return slices.Concat([]string{"java"}, j.JVMFlags, arguments)
}

// classesDir is where a JAR's own classes and resources go when it is unpacked.
const classesDir = appDir + "/classes"

// spread lists the files of one content, each with its layer.
func (r Recipe) spread(c Content, b base) (laid, error) {
	if c.pending {
		return laid{}, fmt.Errorf("%s %w", c.Local, ErrGone)
	}
	switch c.Kind {
	case ZIP:
		a, err := c.openArchive()
		if err != nil {
			return laid{}, err
		}
		return a.orClosed(c.unpacked(a))
	case JAR:
		return r.spreadJAR(c)
	case WAR:
		return r.spreadWAR(c, b)
	case Copied:
		return c.spreadPlaced(), nil
	}
	return c.asItIs(), nil
}

// orClosed closes the archive when it could not be laid.
func (a *archive) orClosed(l laid, err error) (laid, error) {
	if err != nil {
		_ = a.file.Close()
	}
	return l, err
}

// spreadJAR lays a program's archive: unpacked by layers, or whole. What sets
// its own entrypoint may name the file, and gets it.
func (r Recipe) spreadJAR(c Content) (laid, error) {
	layout := r.Java.layout()
	if r.rules() == RulesWhole || layout == LayoutWhole || layout == LayoutAuto && r.Config.Entrypoint != nil {
		return r.wholeJAR(c), nil
	}
	a, err := c.openArchive()
	if err != nil {
		return laid{}, err
	}
	l, err := r.layeredJAR(c, a)
	if why, ok := errors.AsType[unfitError](err); ok && layout == LayoutAuto {
		_ = a.file.Close()
		return r.wholeJAR(c), nil
	} else if ok {
		err = fmt.Errorf("%s cannot be unpacked into layers: %w; leave `java.layout` out, or set it to %q", c.Local, why, LayoutWhole)
	}
	return a.orClosed(l, err)
}

// wholeJAR is the JAR as one file.
func (r Recipe) wholeJAR(c Content) laid {
	l := c.asItIs()
	l.runs = r.Java.runs("-jar", c.Target)
	return l
}

// unfitError says why a JAR works as one file alone.
type unfitError struct{ error }

// layeredJAR unpacks the JAR. Spring Boot's are made for it; others run from
// their directory unless their manifest asks for what only a JAR gets.
func (r Recipe) layeredJAR(c Content, a *archive) (laid, error) {
	m, err := a.manifest()
	if err != nil {
		return laid{}, fmt.Errorf("reading %s: %w", c.Local, err)
	}
	main := r.Java.MainClass
	if main == "" {
		main = m["Main-Class"]
	}
	if main == "" {
		return laid{}, unfitError{errors.New("its manifest names no Main-Class, and `java.main_class` is not set")}
	}
	boot := m.bootLoader() && a.has("BOOT-INF/")
	if boot {
		c.Target = appDir
	} else {
		c.Target = classesDir
		if why := a.needsJAR(m); why != "" {
			return laid{}, unfitError{errors.New(why)}
		}
	}
	l, err := c.unpacked(a)
	if err != nil && !boot {
		return laid{}, unfitError{err}
	}
	if err != nil {
		return laid{}, err
	}
	l.runs = r.Java.runs("-cp", c.Target, main)
	return l, l.sort(a, m, c, main)
}

// needsJAR says why a program does not run the same from a directory.
func (a *archive) needsJAR(m manifestAttributes) string {
	for _, name := range []string{"Class-Path", "Launcher-Agent-Class", "Add-Exports", "Add-Opens", "Enable-Native-Access"} {
		if m[name] != "" {
			return fmt.Sprintf("its manifest has %s, which the Java runtime heeds in a JAR alone", name)
		}
	}
	if strings.EqualFold(m["Multi-Release"], "true") {
		return "it has classes for several releases of Java, which the runtime finds in a JAR alone"
	}
	for _, f := range a.reader.File {
		if dir, name := path.Split(f.Name); dir == "META-INF/" && strings.EqualFold(path.Ext(name), ".sf") {
			return "it is signed"
		}
	}
	return ""
}

// spreadWAR lays a web application where the base's server looks for it. One
// that carries Spring Boot's loader also runs without a server.
func (r Recipe) spreadWAR(c Content, b base) (laid, error) {
	apps, missing := r.webapps(b)
	name := r.Java.Context
	if name == "" {
		name = "ROOT"
	}
	if c.Target = path.Join(apps, name); missing == nil && r.Java.layout() == LayoutWhole {
		c.Target += ".war"
		return c.asItIs(), nil
	}
	a, err := c.openArchive()
	if err != nil {
		return laid{}, err
	}
	return a.orClosed(func() (laid, error) {
		m, err := a.manifest()
		if err != nil {
			return laid{}, fmt.Errorf("reading %s: %w", c.Local, err)
		}
		alone := missing != nil && m.bootLoader() && r.rules() != RulesWhole
		if missing != nil && !alone {
			return laid{}, missing
		}
		if len(r.Java.JVMFlags) > 0 && !alone {
			return laid{}, fmt.Errorf("%s is started by its server, not by us: `java.jvm_flags` are for a JAR; give the server's flags by `env`, such as JAVA_TOOL_OPTIONS", c.Local)
		}
		if alone {
			c.Target = appDir
		}
		l, err := c.unpacked(a)
		if err != nil || r.rules() == RulesWhole {
			return l, err
		}
		if alone {
			l.runs = r.Java.runs("-cp", appDir, m["Main-Class"])
		}
		return l, l.sort(a, m, c, "")
	}())
}

// webapps is where the server looks for applications.
func (r Recipe) webapps(b base) (string, error) {
	if r.Java.Webapps != "" {
		return r.Java.Webapps, nil
	}
	return b.webapps()
}
