# What all scenes of test/lab/emulated-host.sh share. It runs inside the emulated machine, as root.

wait_for() {
    local tries=0
    until "$@" >/dev/null 2>&1; do
        ((++tries < 300)) || { echo "waited in vain for: $*" >&2; return 1; }
        sleep 0.2
    done
}

# Two root file systems, since no registry can be reached: one of busybox alone, and one that borrows the host's /usr.
make_root_file_systems() {
    mkdir -p /images/busybox/bin /images/host-usr/{usr,etc,run,tmp,var,proc,sys,dev,root}
    cp /usr/bin/busybox /images/busybox/bin/
    for applet in sh sleep true false top httpd nc cat syslogd setsid; do
        ln -sf busybox "/images/busybox/bin/$applet"
    done
    ln -sfn usr/bin /images/host-usr/bin
    ln -sfn usr/sbin /images/host-usr/sbin
    ln -sfn usr/lib /images/host-usr/lib
    ln -sfn usr/lib64 /images/host-usr/lib64
    cp -a /etc/{passwd,group,nsswitch.conf,alternatives} /images/host-usr/etc/
    tar -C /images/busybox -cf /images/busybox.tar .
    tar -C /images/host-usr -cf /images/host-usr.tar .
    chmod -R a+rX /images
}

import_images() {
    "$@" import /images/busybox.tar busybox:test >/dev/null
    "$@" import /images/host-usr.tar host-usr:test >/dev/null
}

# The truth is found without this product: which pids are in a container, its engine says (which asks the kernel for
# the members of its cgroup). Each truth_of_* writes `container WORD ID` once for a container and `PID WORD` for each of
# its processes. A zombie is in no cgroup any more; it is where its parent is.

truth_of_docker() {
    local prefix=$1 id name state
    shift
    "$@" ps --all --no-trunc --format '{{.ID}} {{.Names}} {{.State}}' </dev/null | while read -r id name state; do
        echo "container $prefix$name $id"
        case $state in running | paused) ;; *) continue ;; esac
        "$@" top "$id" -eo pid </dev/null | awk -v word="$prefix$name" 'NR > 1 { print $1, word }'
    done
}

truth_of_podman() {
    local prefix=$1 id name
    shift
    "$@" ps --all --no-trunc --format '{{.ID}} {{.Names}} {{.State}}' </dev/null | while read -r id name state; do
        echo "container $prefix$name $id"
        [ "$state" = running ] || continue
        "$@" top "$id" hpid </dev/null | awk -v word="$prefix$name" 'NR > 1 { print $1, word }'
    done
}

truth_of_containerd() {
    local namespace=$1 id
    ctr --namespace "$namespace" tasks list | awk 'NR > 1 { print $1 }' | while read -r id; do
        echo "container $namespace-${id:0:12} $id"
        ctr --namespace "$namespace" tasks ps "$id" | awk -v word="$namespace-${id:0:12}" 'NR > 1 { print $1, word }'
    done
}

# Adds the zombies, and keeps the last word for a pid: what is nested is told after what it is nested in.
complete_truth() {
    awk '
        FNR == NR && $1 == "container" { print; next }
        FNR == NR { of[$1] = $2; next }
        $3 ~ /^Z/ && $2 in of { of[$1] = of[$2] }
        END { for (pid in of) print pid, of[pid] }
    ' - <(ps -e -o pid=,ppid=,stat=) | sort --version-sort
}

# recorded NAME TITLE COMMAND…: what the command writes to $recording, and the truth as it was before and still after.
# A scene defines the function `truth`.
recorded() {
    local name=$1 title=$2 before after tries=0
    shift 2
    export recording=/tmp/$name.json
    while :; do
        before=$(truth | complete_truth)
        rm -f "$recording"
        # Where every instruction is emulated, reading all of /proc may take longer than it is given.
        for _ in 1 2 3 4 5; do
            "$@"
            grep -q '"processes":\[\]' "$recording" || break
        done
        after=$(truth | complete_truth)
        [ "$before" != "$after" ] || break
        ((++tries < 5)) || { echo "$name could not be recorded:" >&2; diff <(echo "$before") <(echo "$after") >&2; return 1; }
    done
    { echo "# $title"; echo "$after"; own_processes; } >"/recorded/$name.truth"
    cp "$recording" "/recorded/$name.json"
    chmod 644 "/recorded/$name".*
    echo "recorded $name"
}

docker_runtime=/usr/lib/docker-runtime/cli.js
record_as_root() { node "$docker_runtime" record -o "$recording" "$@"; }
record_as() { su --login "$1" --command "node $docker_runtime record -o $recording"; }

# From inside a container, which then holds also what makes the recording: a scene's own_processes tells of that.
record_in() {
    docker exec "$1" node "$docker_runtime" record -o /tmp/recording.json </dev/null
    docker cp --quiet "$1:/tmp/recording.json" "$recording" >/dev/null
}
own_processes() { true; }
pids_recorded() {
    node -e 'const {processes} = JSON.parse(require("fs").readFileSync(process.env.recording, "utf8"));
        for (const {pid, argv = []} of processes) console.log(pid, argv.join(" "))'
}
