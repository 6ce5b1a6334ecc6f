#!/usr/bin/env bash
# Records media/sample-host.json: a small shop on a host like the ones that systemd sets up, with real daemons.
#
# The daemons run with their usual paths, but in namespaces of their own (mounts, pids, network, host name), so that
# nothing of this machine's Docker is touched, nothing of its processes is recorded, and all of it ends with the script.
# Needs root, the packages docker.io containerd runc busybox-static iproute2 tini util-linux, and a built dist/cli.js.
set -euo pipefail

if [ "${1:-}" != inside ]; then
    cd "$(dirname "$0")/../.."
    # Controllers that this shell was put into would show in every path that is recorded.
    for group in /sys/fs/cgroup/*/cgroup.procs; do echo $$ >"$group" 2>/dev/null || true; done
    exec unshare --mount --pid --fork --mount-proc --net --uts \
        "$(command -v tini)" -s -- bash test/lab/record-sample.sh inside "${1:-media/sample-host.json}"
fi
output=$2

hostname sample-host
ip link set lo up
for folder in /run /var/lib /tmp; do mount -t tmpfs tmpfs "$folder"; done
mkdir -p /run/containerd /var/lib/docker /var/lib/containerd
unset DOCKER_HOST DOCKER_CONTEXT

/usr/bin/containerd >/run/containerd.log 2>&1 &
containerd=$!
until [ -S /run/containerd/containerd.sock ]; do sleep 0.1; done
/usr/sbin/dockerd --config-file=/dev/null -H unix:///run/docker.sock --containerd=/run/containerd/containerd.sock \
    --iptables=false --ip6tables=false >/run/dockerd.log 2>&1 &
dockerd=$!
trap 'docker rm -f $(docker ps -aq) >/dev/null; kill $dockerd; wait $dockerd || true; kill $containerd; wait' EXIT
until docker version >/dev/null 2>&1; do
    kill -0 $dockerd || { cat /run/dockerd.log; exit 1; }
    sleep 0.1
done

# One image under several names: no registry is asked.
mkdir -p /tmp/root/bin /tmp/root/www /tmp/root/tmp
cp /bin/busybox /tmp/root/bin/
for applet in sh sleep httpd nc top wget crond syslogd tail cat; do ln -s busybox /tmp/root/bin/$applet; done
echo '<h1>shop</h1>' >/tmp/root/www/index.html
for image in web:1.4 api:2.3 worker:2.3 db:16 migrate:2.3; do
    tar -C /tmp/root -c . | docker import - "shop/$image" >/dev/null
done

start() {
    local name=$1
    shift
    docker run -d --name "$name" --network shop --label com.docker.compose.project=shop \
        --label "com.docker.compose.service=$name" "$@" >/dev/null
}
docker network create --subnet 172.20.0.0/16 shop >/dev/null
start db shop/db:16 sh -c 'syslogd -n & nc -lk -p 5432 -e cat & wait'
start web -p 8080:80 shop/web:1.4 httpd -f -p 80 -h /www
start api --init --health-interval 1s --health-timeout 30s --health-cmd 'wget -q -O - http://localhost:3000 && sleep 5' \
    shop/api:2.3 httpd -f -p 3000 -h /www
start worker --restart unless-stopped shop/worker:2.3 sh -c 'while sleep 30; do wget -q -O - http://api:3000; done'
start migrate shop/migrate:2.3 sh -c 'echo migrated'
docker create --name report --network shop shop/worker:2.3 sleep 60 >/dev/null
docker exec -d db sh -c 'top -b -d 60 >/dev/null'
docker pause worker >/dev/null
docker wait migrate >/dev/null
# A moment at which the health check can be seen at work.
until docker top api -eo pid,args | grep -q '[s]leep 5'; do sleep 0.1; done

ps -eo pid,ppid,args; docker ps -a; cat /proc/self/cgroup; cat /proc/$(docker inspect -f "{{.State.Pid}}" web)/cgroup|tail -3
