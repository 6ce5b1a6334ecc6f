#!/usr/bin/env bash
# Records media/sample-host.json: a small shop on a host like those that systemd sets up, with real daemons.
#
# The daemons run with their usual paths, but in namespaces of their own (mounts, pids, network, host name), so that
# nothing of this machine's Docker is touched, nothing of its processes is recorded, and all of it ends with the script.
# Needs root, the packages docker.io containerd runc busybox-static iproute2 tini, and a built dist/cli.js.
set -euo pipefail

if [ "${1:-}" != inside ]; then
    cd "$(dirname "$0")/../.."
    # The cgroups that this shell was put into would be recorded as those of the daemons.
    for group in /sys/fs/cgroup/cgroup.procs /sys/fs/cgroup/*/cgroup.procs; do
        echo $$ 2>/dev/null >"$group" || true
    done
    exec unshare --mount --pid --fork --mount-proc --net --uts \
        tini -s -- bash test/lab/record-sample.sh inside "${1:-media/sample-host.json}"
fi

output=$2
hostname sample-host
ip link set lo up
for folder in /run /var/lib /tmp; do mount -t tmpfs tmpfs "$folder"; done
mkdir -p /run/etc/upper /run/etc/work
mount -t overlay overlay -o lowerdir=/etc,upperdir=/run/etc/upper,workdir=/run/etc/work /etc
rm -f /etc/docker/daemon.json
unset DOCKER_HOST DOCKER_CONTEXT

wait_for() {
    local tries=0
    until "$@" >/dev/null 2>&1; do
        ((++tries < 300)) || { echo "waited in vain for: $*" >&2; cat /run/*.log >&2; exit 1; }
        sleep 0.1
    done
}

# In subshells that end at once, so that the daemons are children of pid 1, as under systemd.
(/usr/bin/containerd >/run/containerd.log 2>&1 &)
wait_for test -S /run/containerd/containerd.sock
(/usr/sbin/dockerd -H unix:///run/docker.sock --containerd=/run/containerd/containerd.sock --iptables=false \
    >/run/dockerd.log 2>&1 &)
# The cgroups are outside of these namespaces: they go only with their containers.
trap 'docker rm --force $(docker ps --all --quiet) >/dev/null' EXIT
wait_for docker version

# One root file system under several names: no registry is asked.
mkdir -p /tmp/root/bin /tmp/root/www
cp /bin/busybox /tmp/root/bin/
for applet in sh sleep httpd nc top wget syslogd cat; do ln -s busybox "/tmp/root/bin/$applet"; done
echo '<h1>shop</h1>' >/tmp/root/www/index.html
tar -C /tmp/root -cf /tmp/root.tar .
for image in web:1.4 api:2.3 worker:2.3 db:16 migrate:2.3; do docker import /tmp/root.tar "shop/$image" >/dev/null; done

create() {
    local verb=$1 name=$2
    shift 2
    docker $verb --name "$name" --network shop --label com.docker.compose.project=shop \
        --label "com.docker.compose.service=$name" "$@" >/dev/null
}
docker network create --subnet 172.20.0.0/16 shop >/dev/null
create 'run -d' db shop/db:16 sh -c 'syslogd -n & nc -ll -p 5432 -e cat & wait'
create 'run -d' web --publish 8080:80 shop/web:1.4 httpd -f -p 80 -h /www
create 'run -d' api --init --health-interval 1s --health-cmd 'wget -q -O - http://localhost:3000/; sleep 5; true' \
    shop/api:2.3 httpd -f -p 3000 -h /www
create 'run -d' worker --restart unless-stopped shop/worker:2.3 sh -c 'while sleep 30; do wget -q http://api:3000; done'
create 'run -d' migrate shop/migrate:2.3 sh -c 'echo migrated'
create create report shop/worker:2.3 sleep 60
docker exec -d db top -b -d 60
docker pause worker >/dev/null
docker wait migrate >/dev/null
# A moment at which the health check can be seen at work.
wait_for pgrep --exact --full 'sleep 5'

# From a place that says nothing of where this repository lies.
mkdir /run/docker-runtime
cp dist/cli.js dist/reader.js /run/docker-runtime/
node /run/docker-runtime/cli.js record -o "$output"
chmod 644 "$output"
