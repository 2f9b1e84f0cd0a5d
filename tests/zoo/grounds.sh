#!/usr/bin/env bash
# Builds one kind of file system in the working directory, mounted at `m`. `grounds.sh ACTION KIND`; the actions are
#
#   make      the disk of it, and `mount`        furnish   what the user has before the first install
#   mount     as after a start of the machine    strip     the mounts in the user's folder, away
#   unmount   as at an end of it                 freeze    what is there by now becomes a lower layer
#   fill      all the room there is, away        give      a little of it back; `empty`: all of it
#
# Ends with 77 and a reason where this machine cannot have it. For a mount namespace of its own: nothing is undone
# that ends with it. `user` is the user's folder, `guides` a folder that his home will have.
set -euo pipefail

action=$1 kind=$2
user=m/user guides=m/user/.config/mosaic/guides

impossible() { echo "$*" >&2; exit 77; }
needs() { command -v "$1" >/dev/null || [ -x "/usr/sbin/$1" ] || impossible "no $1"; }
fuse() { needs "$1"; [ -e /dev/fuse ] || impossible "no FUSE"; }
kernel() { grep -qw "$1" /proc/filesystems || modprobe "$1" 2>/dev/null || impossible "no $1 in this kernel"; }

# The file system of an image: KIND SIZE OPTION...
image() {
  local kind=$1 size=$2
  shift 2
  needs "mkfs.$kind"
  truncate -s "$size" disk
  "mkfs.$kind" "$@" disk >/dev/null 2>made || { cat made >&2; return 1; }
}

# What lies below others: an ext4.
base() { mount -o loop disk base; }

make() {
  mkdir m base
  case $kind in
    ext4 | ext4-sync) image ext4 300M -q -F ;;
    ext4-128) image ext4 300M -q -F -I 128 ;;
    ext4-room) image ext4 14M -q -F -N 2000 ;;
    ext4-inodes) image ext4 64M -q -F -N 520 ;;
    xfs-project) needs xfs_io; kernel xfs; image xfs 320M -q -f ;;
    btrfs-*) kernel btrfs; image btrfs 300M -q -f ;;
    overlayfs*) kernel overlay ;;&
    overlayfs-image) needs mksquashfs ;;&
    bindfs*) fuse bindfs ;;&
    mergerfs) fuse mergerfs ;;&
    sshfs) fuse sshfs; needs sshd; needs ssh-keygen ;;&
    gocryptfs) fuse gocryptfs ;;&
    fuse-overlayfs) fuse fuse-overlayfs ;;&
    nfs*) kernel nfs; kernel nfsd; needs rpc.nfsd; needs rpc.mountd; needs rpcbind; needs ip ;;&
    cifs) kernel cifs; modprobe ksmbd 2>/dev/null || impossible "no ksmbd in this kernel"; needs ksmbd.mountd; needs mount.cifs ;;&
    ecryptfs) kernel ecryptfs; needs ecryptfs-add-passphrase; needs keyctl ;;&
    9p) kernel 9p; grep -qs ^zoo$ /sys/bus/virtio/drivers/9pnet_virtio/*/mount_tag || impossible "no share of a host" ;;
    vfat) kernel vfat; image vfat 64M -F 32 ;;
    exfat) kernel exfat; image exfat 64M ;;
    ntfs3) kernel ntfs3; needs mkntfs; truncate -s 64M disk; mkntfs -q -F -Q disk >/dev/null 2>&1 ;;
    f2fs) kernel f2fs; image f2fs 256M -q ;;
    jfs) kernel jfs; image jfs 64M -q ;;
    udf) kernel udf; image udf 64M -b 512 --media-type=hd ;;
    reiserfs) kernel reiserfs; image reiserfs 128M -q -ff ;;
    ext4-casefold) image ext4 300M -q -F -O casefold -E encoding=utf8 ;;
    ext4-project) image ext4 300M -q -F -O project,quota -E quotatype=usrquota:prjquota ;;
    ntfs-3g) fuse ntfs-3g; truncate -s 64M disk; mkntfs -q -F -Q disk >/dev/null 2>&1 ;;
    exfat-fuse) fuse mount.exfat-fuse; image exfat 64M ;;
    tmpfs) ;;
    *) image ext4 300M -q -F; base; mkdir base/{lower,upper,work}; below; umount base ;;
  esac
  mount_it
  case $kind in
    btrfs-quota)
      btrfs -q subvolume create $user
      btrfs -q quota enable m
      btrfs -q quota rescan -w m
      ;;
    ext4-casefold) mkdir $user; chattr +F $user ;;
    *) mkdir $user ;;
  esac
}

# What a server needs beside what it serves.
below() {
  case $kind in
    gocryptfs) gocryptfs -q -init -scryptn 10 -extpass 'echo x' base/upper >/dev/null ;;
    sshfs)
      ssh-keygen -q -N '' -t ed25519 -f host
      ssh-keygen -q -N '' -t ed25519 -f key
      chmod 700 .
      cat >sshd.conf <<END
HostKey $PWD/host
AuthorizedKeysFile $PWD/key.pub
StrictModes no
UsePAM no
PidFile none
Subsystem sftp internal-sftp
END
      cat >ssh.conf <<END
Host mosaic-zoo
IdentityFile $PWD/key
IdentitiesOnly yes
StrictHostKeyChecking no
UserKnownHostsFile /dev/null
LogLevel ERROR
ProxyCommand $(command -v sshd) -i -f $PWD/sshd.conf
END
      ;;
  esac
}

mount_it() {
  case $kind in
    ext4-sync) mount -o loop,sync disk m ;;
    ext4* | xfs* | btrfs* | f2fs | jfs | udf | reiserfs | vfat | exfat | ntfs3) loop ;;
    9p) mount -t 9p -o trans=virtio,version=9p2000.L,msize=262144 zoo m ;;
    tmpfs | bindfs-inside) mountpoint -q m || mount -t tmpfs tmpfs m ;;&
    bindfs-inside) [ ! -d $guides ] || inside ;;
    tmpfs) ;;
    ntfs-3g) ntfs-3g disk m ;;
    exfat-fuse)
      local loop
      loop=$(losetup --find --show disk)
      mount.exfat-fuse "$loop" m >/dev/null
      losetup --detach "$loop"
      ;;
    *) base; above ;;
  esac
}

# Without the type, ntfs-3g would be asked for an NTFS.
loop() { mount -t "${kind%%-*}" -o loop disk m; }

# What lies above an ext4.
above() {
  case $kind in
    overlayfs-image)
      [ -e frozen ] || { mount --bind base/lower m; return 0; }
      mkdir -p image
      mount -o loop frozen image
      mount -t overlay -o lowerdir=image,upperdir=base/upper,workdir=base/work overlay m
      ;;
    overlayfs)
      [ -e frozen ] || { mount --bind base/lower m; return 0; }
      mount -t overlay -o lowerdir=base/lower,upperdir=base/upper,workdir=base/work overlay m
      ;;
    bindfs) bindfs base/upper m ;;
    mergerfs) mergerfs -o minfreespace=0,category.create=ff base/upper:base/lower m ;;
    gocryptfs) gocryptfs -q -nosyslog -extpass 'echo x' base/upper m >/dev/null ;;
    fuse-overlayfs) fuse-overlayfs -o lowerdir=base/lower,upperdir=base/upper,workdir=base/work m ;;
    sshfs)
      mountpoint -q /run/sshd || { mount -t tmpfs -o mode=755 tmpfs /run; mkdir /run/sshd; mount --bind /run/sshd /run/sshd; }
      sshfs -F "$PWD/ssh.conf" "mosaic-zoo:$PWD/base/upper" m
      ;;
    nfs*)
      serve_nfs
      case $kind in
        nfs) mount -t nfs -o vers=4.2 127.0.0.1:/ m ;;
        nfs-3) mount -t nfs -o vers=3,nolock "127.0.0.1:$PWD/base/upper" m ;;
      esac
      ;;
    cifs)
      serve_smb
      mount -t cifs -o vers=3.1.1,user=root,pass=x //127.0.0.1/zoo m
      ;;
    ecryptfs) mount_ecryptfs ;;
  esac
}

serve_nfs() {
  ip link set lo up
  mountpoint -q /proc/fs/nfsd || mount -t nfsd nfsd /proc/fs/nfsd
  mountpoint -q /var/lib/nfs || { mount -t tmpfs tmpfs /var/lib/nfs; mkdir -p /var/lib/nfs/{sm,sm.bak,v4recovery}; : >/var/lib/nfs/etab; : >/var/lib/nfs/rmtab; }
  mkdir -p /run/rpcbind
  exportfs -o rw,no_root_squash,no_subtree_check,insecure,fsid=0 "127.0.0.1:$PWD/base/upper"
  rpcinfo -p 127.0.0.1 >/dev/null 2>&1 || { rpcbind; rpc.mountd; rpc.nfsd -G 10 -L 10 4; }
}

serve_smb() {
  ip link set lo up
  [ -e smb.conf ] || {
    printf '[global]\nserver min protocol = SMB3_11\n[zoo]\npath = %s\nread only = no\n' "$PWD/base/upper" >smb.conf
    : >smb.users
    ksmbd.adduser -c "$PWD/smb.conf" -i "$PWD/smb.users" -a root -p x
  }
  ksmbd.mountd -c "$PWD/smb.conf" -u "$PWD/smb.users"
}

mount_ecryptfs() {
  keyctl link @u @s
  local signatures
  signatures=$(echo x | ecryptfs-add-passphrase --fnek - | sed -n 's/.*\[\(.*\)\].*/\1/p')
  # shellcheck disable=SC2086
  set -- $signatures
  mount -i -t ecryptfs -o "ecryptfs_sig=$1,ecryptfs_fnek_sig=$2,ecryptfs_cipher=aes,ecryptfs_key_bytes=16" base/upper m
}

# A server lets go of what it served a moment after it was unmounted.
let_go() {
  local left
  for ((left = 400; left > 0; left--)); do
    ! mountpoint -q "$1" || umount "$1" 2>/dev/null || { sleep 0.02; continue; }
    return 0
  done
  umount "$1"
}

unmount() {
  case $kind in
    tmpfs) mount -o remount m; return 0 ;;
    bindfs-inside) strip; return 0 ;;
  esac
  let_go m
  case $kind in
    nfs*) exportfs -ua; exportfs -f ;;
    cifs) ksmbd.control -s ;;
  esac
  [ ! -d image ] || let_go image
  let_go base
}

inside() { bindfs base $guides; }

furnish() {
  case $kind in
    xfs-project) mkdir -p $guides && xfs_io -c 'chproj 42' -c 'chattr +P' $guides ;;
    btrfs-subvolume) mkdir -p ${guides%/*} && btrfs -q subvolume create $guides ;;
    ext4-project) mkdir -p $guides && chattr -p 42 +P $guides ;;
    bindfs-inside) rm -rf base; mkdir -p base "$guides"; inside ;;
  esac
}

strip() {
  case $kind in
    bindfs-inside)
      ! mountpoint -q $guides || let_go $guides
      ;;
  esac
}

freeze() {
  case $kind in
    overlayfs*)
      unmount
      base
      if [ "$kind" = overlayfs ]; then : >frozen; else mksquashfs base/lower frozen -quiet -no-progress >/dev/null; fi
      let_go base
      mount_it
      ;;
  esac
}

fill() {
  case $kind in
    ext4-room) dd if=/dev/zero of=m/ballast bs=4k status=none 2>/dev/null || true ;;
    ext4-inodes)
      mkdir m/ballast
      local number
      for ((number = 0; number < 600; number++)); do
        { : >"m/ballast/$number"; } 2>/dev/null || return 0
      done
      ;;
    btrfs-quota) sync -f m; limit "$(used)" ;;
  esac
}

give() {
  case $kind in
    ext4-room) truncate -s -16k m/ballast ;;
    ext4-inodes) find m/ballast -type f | tail -n 3 | xargs -r rm ;;
    btrfs-quota) limit $(($(cat limit) + 16384)) ;;
  esac
}

empty() {
  case $kind in
    btrfs-quota) limit none ;;
    *) rm -rf m/ballast ;;
  esac
}

used() { btrfs qgroup show --raw -f $user | awk '$1 ~ /^0\// { print $2 }'; }
# Through the top: below a full quota no limit can be changed.
limit() {
  echo "$1" >limit
  btrfs -q qgroup limit "$1" "0/$(btrfs inspect-internal rootid $user)" m
  sync -f m
}

case $action in
  make) make ;;
  mount) mount_it ;;
  unmount | furnish | strip | freeze | fill | give | empty) "$action" ;;
  *) echo "no such action: $action" >&2; exit 2 ;;
esac
