#!/usr/bin/env bash
# Lays Debian's Tomcat 10 and the Java that runs it into a root file system,
# once, and prints the path of its tar below .build. The packages are unpacked
# and not installed, so no container is needed and nothing of this machine changes.
set -euo pipefail
cd "$(dirname "$0")/.."

base=$PWD/.build/tomcat-base
if [ ! -f "$base/root.tar" ]; then
	rm -rf "$base"
	mkdir -p "$base/debs" "$base/root/tmp"
	packages="libc6 libgcc-s1 libstdc++6 zlib1g openjdk-17-jre-headless libeclipse-jdt-core-java libtomcat10-java tomcat10-common tomcat10"
	{
		cd "$base/debs"
		# shellcheck disable=SC2086
		apt-get download -q $packages || {
			apt-get update -q # the lists are older than the mirror
			apt-get download -q $packages
		}
		for deb in *.deb; do
			dpkg-deb -x "$deb" "$base/root"
		done
		cd "$base/root"
		rm -rf usr/share/doc usr/share/maven-repo usr/share/locale usr/share/man
		java=$(echo usr/lib/jvm/java-17-openjdk-*)
		ln -s "/$java" usr/lib/jvm/java
		# What the packages' scripts do when they are installed.
		cp usr/share/tomcat10/etc/* etc/tomcat10/
		cat >etc/tomcat10/server.xml <<-XML
			<Server port="-1">
			  <Service name="Catalina">
			    <Connector address="127.0.0.1" port="\${http.port}"/>
			    <Engine name="Catalina" defaultHost="localhost">
			      <Host name="localhost" appBase="webapps" autoDeploy="false"/>
			    </Engine>
			  </Service>
			</Server>
		XML
		chmod 1777 tmp
		tar --sort=name --owner=0 --group=0 --numeric-owner --mtime=@0 -cf "$base/root.tar.new" .
		cd "$base"
		rm -rf root debs
		mv root.tar.new root.tar
	} >&2
fi
echo "$base/root.tar"
