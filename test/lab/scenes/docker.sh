# Docker as Debian's package starts it, in most of the arrangements that people use, seen by several people.
make_root_file_systems
import_images docker
run() { docker run --detach --name "$@" >/dev/null; }

run web --publish 8080:80 busybox:test httpd -f -p 80
run api --init --health-cmd 'sleep 36000; true' --health-interval 1s --health-timeout 20h busybox:test sh -c 'sleep 36000 & wait'
run db busybox:test sh -c 'syslogd -n & nc -ll -p 5432 -e cat & wait'
run reaper busybox:test sh -c 'true & exec sleep 36000'
run monitor --pid=host busybox:test sh -c '(setsid sleep 36000 &) ; exec top -b -d 3600'
run sidecar --pid=container:web busybox:test sh -c 'sleep 36000 & wait'
run host-cgroups --cgroupns=host busybox:test sleep 36000
run batch --cgroup-parent=batch.slice busybox:test sleep 36000
run worker busybox:test sh -c 'while sleep 3600; do true; done'
run migrate busybox:test true
docker create --name report busybox:test sleep 36000 >/dev/null
# A whole systemd: it makes cgroups of its own inside the container's.
mkdir -p /images/units
printf '[Service]\nExecStart=/usr/bin/sleep 36000\n' >/images/units/job.service
printf '[Unit]\nDescription=Only what a container needs\nWants=job.service systemd-journald.service\n' >/images/units/default.target
run machine --privileged --env container=docker --tmpfs /run --volume /usr:/usr:ro \
    --volume /images/units:/etc/systemd/system:ro host-usr:test /usr/lib/systemd/systemd
# Containers to work in: one with processes of its own, one that sees those of the host.
run development --volume /usr:/usr:ro host-usr:test sleep 36000
run development-host --pid=host --volume /usr:/usr:ro host-usr:test sleep 36000

docker swarm init --advertise-addr 10.0.2.15 >/dev/null
docker service create --quiet --detach --name shop --replicas 2 --no-resolve-image busybox:test httpd -f -p 80 >/dev/null

# Docker keeps to the namespace moby; what others have in containerd is none of its business.
docker save busybox:test >/images/saved.tar
for namespace in lab default; do ctr --namespace "$namespace" images import /images/saved.tar >/dev/null; done
ctr --namespace lab run --detach docker.io/library/busybox:test plain sh -c 'sleep 36000 & wait'
ctr --namespace default run --detach --runc-systemd-cgroup --cgroup 'system.slice:ctr:unit' docker.io/library/busybox:test unit sleep 36000

docker exec --detach db top -b -d 3600
sleep infinity | docker exec --interactive db sh &
docker pause worker >/dev/null
docker wait migrate >/dev/null
wait_for docker exec machine pidof sleep
both_tasks_run() { [ "$(docker service ps shop --format '{{.CurrentState}}' | grep -c Running)" = 2 ]; }
wait_for both_tasks_run
wait_for pgrep --full 'sh -c sleep 36000; true'

truth() {
    truth_of_docker '' docker
    truth_of_containerd lab
    truth_of_containerd default
}
recorded docker 'Debian 13, systemd, cgroup v2: dockerd 26 and its containerd 1.7, seen by root.' record_as_root
recorded docker-group 'The same host, seen by a member of the group docker: the API answers, of the processes of others it sees less.' record_as anna
recorded docker-no-rights 'The same host, seen by a user whom no daemon answers.' record_as bert
mount -o remount,hidepid=2 /proc
recorded docker-hidepid 'The same host with hidepid=2: the member of the group docker sees no process but its own.' record_as anna
mount -o remount,hidepid=0 /proc

# What made the recording ran in the container, too.
own_processes() { pids_recorded | awk '$2 ~ /node$/ { print $1, "development-host" }'; }
recorded docker-from-inside 'The same host, seen from a container with --pid=host and no socket: every process, with cgroups relative to its own.' record_in development-host
