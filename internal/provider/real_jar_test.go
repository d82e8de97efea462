//go:build linux

package provider_test

import (
	"archive/zip"
	"context"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/acctest"
	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/realparts"
)

// A program with a library, and a loader that does what Spring Boot's does
// with a directory: it takes classes and libraries from where it lies itself.
const (
	shopMain = `package com.example.shop;
import com.sun.net.httpserver.HttpServer;
import java.net.InetSocketAddress;
public class Main {
  public static void main(String[] a) throws Exception {
    HttpServer s = HttpServer.create(new InetSocketAddress("127.0.0.1", Integer.getInteger("http.port")), 0);
    s.createContext("/", x -> {
      byte[] b = (org.library.Price.today() + Main.class.getResource("/VERSION")).getBytes();
      x.sendResponseHeaders(200, b.length); x.getResponseBody().write(b); x.close();
    });
    s.start();
  }
}`
	libraryPrice = `package org.library; public class Price { public static String today() { return "Today: 19.99 by "; } }`
	loaderMain   = `package org.springframework.boot.loader.launch;
import java.io.File; import java.net.*; import java.util.*;
public class JarLauncher {
  public static void main(String[] a) throws Exception {
    File root = new File(JarLauncher.class.getProtectionDomain().getCodeSource().getLocation().toURI());
    List<URL> path = new ArrayList<>(List.of(new File(root, "BOOT-INF/classes/").toURI().toURL()));
    for (File f : new File(root, "BOOT-INF/lib").listFiles()) path.add(f.toURI().toURL());
    ClassLoader l = new URLClassLoader(path.toArray(new URL[0]));
    Thread.currentThread().setContextClassLoader(l);
    l.loadClass("com.example.shop.Main").getMethod("main", String[].class).invoke(null, (Object) a);
  }
}`
)

// TestReal_jarsByLayers runs programs that were unpacked into layers: one that
// its build merged with a library, and one that Spring Boot's index describes.
func TestReal_jarsByLayers(t *testing.T) {
	javac := realparts.Tool(t, "javac")
	engine, registry := realparts.NewEngine(t), realparts.Registry(t)
	base := tomcat(t, registry) // for its Java
	dir := t.TempDir()
	lay(t, dir, "Main.java", shopMain)
	lay(t, dir, "Price.java", libraryPrice)
	lay(t, dir, "JarLauncher.java", loaderMain)
	out := filepath.Join(dir, "out")
	realparts.Run(t, javac, "--release", "17", "-d", out, filepath.Join(dir, "Main.java"), filepath.Join(dir, "Price.java"), filepath.Join(dir, "JarLauncher.java"))
	class := func(name string) string {
		b, err := os.ReadFile(filepath.Join(out, name+".class"))
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
	const launcher = "org/springframework/boot/loader/launch/JarLauncher"
	archived(t, filepath.Join(dir, "library.jar"), "org/library/Price.class", class("org/library/Price"))
	library, err := os.ReadFile(filepath.Join(dir, "library.jar"))
	if err != nil {
		t.Fatal(err)
	}
	archived(t, filepath.Join(dir, "merged.jar"), "META-INF/MANIFEST.MF", "Main-Class: com.example.shop.Main\n", "VERSION", "1",
		"com/example/shop/Main.class", class("com/example/shop/Main"), "org/library/Price.class", class("org/library/Price"))
	archived(t, filepath.Join(dir, "boot.jar"),
		"META-INF/MANIFEST.MF", "Main-Class: "+strings.ReplaceAll(launcher, "/", ".")+"\nSpring-Boot-Layers-Index: BOOT-INF/layers.idx\n",
		launcher+".class", class(launcher), "BOOT-INF/classes/com/example/shop/Main.class", class("com/example/shop/Main"),
		"BOOT-INF/classes/VERSION", "1", "BOOT-INF/lib/library.jar", string(library),
		"BOOT-INF/layers.idx", "- \"dependencies\":\n  - \"BOOT-INF/lib/\"\n- \"spring-boot-loader\":\n  - \"org/\"\n- \"application\":\n  - \"BOOT-INF/\"\n  - \"META-INF/\"\n")
	t.Setenv("AWSDEPLOY_CACHE_DIR", t.TempDir())
	w := acctest.New(t)
	for name, answer := range map[string]string{"merged": "file:/app/classes/VERSION", "boot": "file:/app/BOOT-INF/classes/VERSION"} {
		address := realparts.FreeAddress(t)
		_, port, _ := strings.Cut(address, ":")
		b := w.NewBench(t, "awsdeploy_app_image")
		if err := b.Apply(context.Background(), map[string]any{
			"repository": registry + "/" + name, "base_image": base, "package": filepath.Join(dir, name+".jar"),
			"java": map[string]any{"jvm_flags": []any{"-Dhttp.port=" + port}}, "cmd": []any{}, "env": map[string]any{"PATH": "/usr/lib/jvm/java/bin:/usr/bin:/bin"},
		}); err != nil {
			t.Fatal(err)
		}
		engine.Start(b.Attribute("image"))
		realparts.Await(t, name, func() error { return realparts.Answers("http://"+address+"/", "Today: 19.99 by "+answer) })
	}
}

// archived writes a ZIP of pairs of names and contents.
func archived(t *testing.T, file string, pairs ...string) {
	t.Helper()
	f, err := os.Create(file)
	if err != nil {
		t.Fatal(err)
	}
	z := zip.NewWriter(f)
	for i := 0; i < len(pairs); i += 2 {
		w, err := z.Create(pairs[i])
		if err == nil {
			_, err = io.WriteString(w, pairs[i+1])
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
}
