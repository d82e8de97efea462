package pack

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestBuild_maven builds a WAR twice with the real Maven, from the packages
// of Debian alone.
func TestBuild_maven(t *testing.T) {
	const settings = "/etc/maven/settings-debian.xml"
	_, err := exec.LookPath("mvn")
	if err == nil {
		_, err = os.Stat(settings)
	}
	if err == nil {
		_, err = os.Stat("/usr/share/maven-repo/org/apache/maven/plugins/maven-war-plugin")
	}
	if err != nil {
		if os.Getenv("CI") != "" {
			t.Fatalf("CI installs maven-debian-helper and libmaven-war-plugin-java: %v", err)
		}
		t.Skipf("this needs Debian's maven-debian-helper and libmaven-war-plugin-java: %v", err)
	}
	files := map[string]string{
		"pom.xml": `<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>com.example</groupId>
  <artifactId>shop</artifactId>
  <version>1</version>
  <packaging>war</packaging>
  <properties>
    <maven.compiler.source>11</maven.compiler.source>
    <maven.compiler.target>11</maven.compiler.target>
    <project.build.sourceEncoding>UTF-8</project.build.sourceEncoding>
  </properties>
  <build>
    <plugins>
      <plugin><artifactId>maven-war-plugin</artifactId><version>3.3.2</version><configuration><failOnMissingWebXml>false</failOnMissingWebXml></configuration></plugin>
    </plugins>
  </build>
</project>
`,
		"src/main/java/com/example/Shop.java": "package com.example;\n\npublic class Shop { public String greet() { return \"hi\"; } }\n",
		"src/main/webapp/index.html":          "hi",
	}
	spec := func() Spec {
		return Spec{Dir: lay(t, files), Tool: Maven, Command: []string{"mvn", "-o", "-B", "-s", settings, "package"}, Artifact: "target/*.war"}
	}
	s := Store{Dir: t.TempDir()}
	one := mustBuild(t, s, spec())
	if one.Type != TypeWar || one.Name != "shop-1.war" {
		t.Errorf("got %+v", one)
	}
	if got := members(t, s.Path(one)); !strings.Contains(got, "WEB-INF/classes/com/example/Shop.class") {
		t.Errorf("holds %s", got)
	}
	if again := mustBuild(t, Store{Dir: t.TempDir()}, spec()); again.SHA256 != one.SHA256 {
		t.Error("the same sources gave other bytes")
	}
	broken := spec()
	if err := os.WriteFile(filepath.Join(broken.Dir, "src/main/java/com/example/Shop.java"), []byte("package com.example;\n\nclass Shop { oops }\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	_, err = build(t, s, broken)
	if err == nil || !strings.Contains(err.Error(), "First error:\n  [ERROR]") || !strings.Contains(err.Error(), "Shop.java:[3,") {
		t.Errorf("got %v", err)
	}
}
