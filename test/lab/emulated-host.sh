#!/usr/bin/env bash
# Makes the recordings of test/machines/recorded: today's usual host, Debian 13 with systemd and cgroup v2, in an
# emulated machine. No test needs this script; whoever doubts a recording, or wants one more, runs it again.
#
#   node esbuild.mjs && test/lab/emulated-host.sh [SCENE…]      (a scene: a file of test/lab/scenes)
#
# Needs root, 4 GB of memory, 8 GB in .lab/, and Debian's packages qemu-system-x86, mmdebstrap, e2fsprogs, openssh-client
# and debian-archive-keyring. Everything else comes from Debian's archive and goes into the emulated machine only.
set -euo pipefail
cd "$(dirname "$0")/../.."
work=$PWD/.lab/emulated-host
mkdir -p "$work"
# Of each recording the user is root or one of these: a member of the group docker, nobody in particular, and one who
# runs engines of his own.
users=(anna bert rita)
packages=(
    systemd systemd-sysv libpam-systemd dbus dbus-user-session udev kmod linux-image-cloud-amd64 initramfs-tools
    openssh-server iproute2 iptables procps busybox-static sudo nodejs
    docker.io docker-cli containerd runc crun tini rootlesskit slirp4netns passt uidmap fuse-overlayfs
    podman conmon netavark aardvark-dns containernetworking-plugins
    python3-grpcio python3-protobuf protobuf-compiler golang-github-kubernetes-cri-api-dev
)

build_image() {
    mmdebstrap --variant=apt --aptopt='APT::Install-Recommends "false"' \
        --keyring=/usr/share/keyrings/debian-archive-keyring.gpg --include="$(IFS=,; echo "${packages[*]}")" \
        trixie "$work/root" http://deb.debian.org/debian
    [ -f "$work/key" ] || ssh-keygen -q -t ed25519 -N '' -C laboratory -f "$work/key"
    local root=$work/root
    echo debian >"$root/etc/hostname"
    echo '/dev/vda / ext4 rw 0 1' >"$root/etc/fstab"
    printf '[Match]\nType=ether\n[Network]\nDHCP=yes\n' >"$root/etc/systemd/network/lan.network"
    # Names of networks and disks would only wait for what an emulated machine does not have.
    chroot "$root" systemctl --quiet enable systemd-networkd ssh
    chroot "$root" systemctl --quiet mask systemd-networkd-wait-online systemd-timesyncd apt-daily.timer
    for user in "${users[@]}"; do chroot "$root" useradd --create-home --shell /bin/bash "$user"; done
    chroot "$root" usermod --append --groups docker anna
    for home in "$root/root" "${users[@]/#/$root/home/}"; do
        install -D -m 600 "$work/key.pub" "$home/.ssh/authorized_keys"
        chown -R --reference="$home" "$home/.ssh"
    done
    cp "$root"/boot/vmlinuz-* "$work/kernel"
    cp "$root"/boot/initrd.img-* "$work/initrd"
    truncate --size 8G "$work/disk.unfinished"
    mkfs.ext4 -q -d "$root" "$work/disk.unfinished"
    rm -rf "$root"
    mv "$work/disk.unfinished" "$work/disk"
}

boot() {
    # Emulated without KVM, which not every place lets one use; what a scene leaves behind is forgotten.
    qemu-system-x86_64 -accel tcg,thread=multi -cpu max -m 4096 -smp 2 -nodefaults -display none -serial "file:$work/console" \
        -kernel "$work/kernel" -initrd "$work/initrd" -append 'root=/dev/vda rw console=ttyS0 quiet' \
        -drive "file=$work/disk,format=raw,if=virtio,snapshot=on" \
        -nic "user,model=virtio-net-pci,restrict=on,hostfwd=tcp:127.0.0.1:$port-:22" &
    machine=$!
    trap 'kill "$machine"; wait "$machine" || true' EXIT
    local tries=0
    until guest true 2>/dev/null; do
        kill -0 "$machine" && ((++tries < 120)) || { tail -n 20 "$work/console" >&2; exit 1; }
        sleep 2
    done
}

port=${DOCKER_RUNTIME_LAB_PORT:-2222}
connection=(-o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -o LogLevel=ERROR -o ConnectTimeout=5)
guest() { ssh "${connection[@]}" -i "$work/key" -p "$port" root@127.0.0.1 "$@"; }

[ -f "$work/disk" ] || build_image
scenes=("$@")
[ $# -gt 0 ] || mapfile -t scenes < <(cd test/lab/scenes && ls -- *.sh | grep -vx common.sh | sed 's/\.sh$//')
for scene in "${scenes[@]}"; do
    boot
    tar -c -C dist cli.js reader.js dockerode.js containerd.js | guest 'mkdir -p /usr/lib/docker-runtime /scenes /recorded; tar -x -C /usr/lib/docker-runtime'
    tar -c -C test/lab/scenes . | guest 'tar -x -C /scenes'
    guest "cd /scenes && bash -euo pipefail -c '. ./common.sh; . ./$scene.sh'"
    guest 'tar -c -C /recorded .' | tar -x --no-same-owner -C test/machines/recorded
    kill "$machine"
    wait "$machine" || true
done
trap - EXIT
