"""Started as root: prepare the mounts, become a user that owns nothing, then start bubblewrap.

A sandbox whose outer identity is root owns the host's sysctls and root-only files, whatever its
namespaces and capabilities say. So geist, when it is root, starts this file as a program of its
own. It makes a private mount namespace, binds what the command may see under one folder (an
ordinary user cannot reach below /root), maps the workspace's owner to the unused user by an
idmapped mount (mount_setattr(2), Linux 5.12; as an overlay's layer, 5.19), gives up everything
and becomes bubblewrap. It imports only the standard library and runs isolated (`python -I -S`).
"""

import ctypes
import json
import os
import sys

CLONE_NEWNS, CLONE_NEWUSER = 0x00020000, 0x10000000
MS_RDONLY, MS_NOSUID, MS_NODEV, MS_REMOUNT = 1, 2, 4, 32
MS_BIND, MS_MOVE, MS_REC, MS_PRIVATE = 4096, 8192, 16384, 1 << 18
OPEN_TREE_CLONE, AT_EMPTY_PATH, MOVE_MOUNT_F_EMPTY_PATH = 1, 0x1000, 4
MOUNT_ATTR_IDMAP = 0x00100000
SYS_OPEN_TREE, SYS_MOVE_MOUNT, SYS_MOUNT_SETATTR = 428, 429, 442  # the same on every machine
PR_SET_NO_NEW_PRIVS, PR_CAPBSET_DROP = 38, 24
AT_FDCWD = -100
PLACE = "/tmp"  # where bubblewrap finds the stage

libc = ctypes.CDLL(None, use_errno=True)


class MountAttr(ctypes.Structure):
    _fields_ = [
        ("attr_set", ctypes.c_uint64),
        ("attr_clr", ctypes.c_uint64),
        ("propagation", ctypes.c_uint64),
        ("userns_fd", ctypes.c_uint64),
    ]


def check(result: int, what: str) -> int:
    if result < 0:
        code = ctypes.get_errno()
        raise OSError(code, f"{what}: {os.strerror(code)}")
    return result


def mount(source: str, target: str, kind: str | None, flags: int, data: str | None = None) -> None:
    done = libc.mount(
        source.encode(),
        target.encode(),
        kind.encode() if kind else None,
        ctypes.c_ulong(flags),
        data.encode() if data else None,
    )
    check(done, f"mount {target}")


def user_namespace(inside: int, outside: int, inside_gid: int, outside_gid: int) -> int:
    """A file descriptor of a user namespace that maps one uid and one gid."""
    ready, go = os.pipe(), os.pipe()
    child = os.fork()
    if child == 0:
        done = libc.unshare(CLONE_NEWUSER)
        os.write(ready[1], b"0" if done == 0 else b"1")
        os.read(go[0], 1)
        os._exit(0)
    try:
        if os.read(ready[0], 1) != b"0":
            raise OSError("unshare(CLONE_NEWUSER) was refused")
        with open(f"/proc/{child}/uid_map", "w") as f:
            f.write(f"{inside} {outside} 1\n")
        with open(f"/proc/{child}/gid_map", "w") as f:
            f.write(f"{inside_gid} {outside_gid} 1\n")
        return os.open(f"/proc/{child}/ns/user", os.O_RDONLY)
    finally:
        os.write(go[1], b"x")
        os.waitpid(child, 0)
        for fd in (*ready, *go):
            os.close(fd)


def bind_idmapped(source: str, target: str, uid: int, gid: int) -> None:
    """Bind `source` at `target` so that its owner's files belong to `uid`:`gid`."""
    owner = os.stat(source)
    tree = check(
        libc.syscall(SYS_OPEN_TREE, AT_FDCWD, source.encode(), OPEN_TREE_CLONE | os.O_CLOEXEC),
        "open_tree",
    )
    userns = user_namespace(owner.st_uid, uid, owner.st_gid, gid)
    attr = MountAttr(MOUNT_ATTR_IDMAP, 0, 0, userns)
    done = libc.syscall(
        SYS_MOUNT_SETATTR, tree, b"", AT_EMPTY_PATH, ctypes.byref(attr), ctypes.sizeof(attr)
    )
    check(done, "mount_setattr")
    done = libc.syscall(
        SYS_MOVE_MOUNT, tree, b"", AT_FDCWD, target.encode(), MOVE_MOUNT_F_EMPTY_PATH
    )
    check(done, "move_mount")
    os.close(tree)
    os.close(userns)


def bind(source: str, target: str) -> None:
    mount(source, target, None, MS_BIND)
    mount("none", target, None, MS_BIND | MS_REMOUNT | MS_RDONLY | MS_NOSUID)


def make_target(source: str, target: str) -> None:
    if os.path.isdir(source):
        os.makedirs(target, exist_ok=True)
    else:
        open(target, "a").close()


def drop(uid: int, gid: int) -> None:
    """Become uid:gid for good, with no capability left and none to be had."""
    for cap in range(64):
        if libc.prctl(PR_CAPBSET_DROP, cap, 0, 0, 0) < 0:
            break
    os.setgroups([])
    os.setresgid(gid, gid, gid)
    os.setresuid(uid, uid, uid)
    check(libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), "no_new_privs")
    if os.getuid() != uid or os.geteuid() != uid or os.getgroups():
        raise OSError("could not give up root")


def main() -> None:
    plan = json.loads(sys.argv[1])
    stage, uid, gid = plan["stage"], plan["uid"], plan["gid"]
    check(libc.unshare(CLONE_NEWNS), "unshare(CLONE_NEWNS)")
    mount("none", "/", None, MS_REC | MS_PRIVATE)
    mount("tmpfs", stage, "tmpfs", MS_NOSUID | MS_NODEV, "mode=0755")
    for source, name in plan["read"]:
        make_target(source, f"{stage}/{name}")
        bind(source, f"{stage}/{name}")
    for source, name in plan["idmapped"]:
        make_target(source, f"{stage}/{name}")
        bind_idmapped(source, f"{stage}/{name}", uid, gid)
    for source, name in plan["write"]:
        make_target(source, f"{stage}/{name}")
        mount(source, f"{stage}/{name}", None, MS_BIND)
    # geist's own folders may lie where no other user can pass; this namespace's /tmp is ours
    mount(stage, PLACE, None, MS_MOVE)
    os.chdir(PLACE)
    drop(uid, gid)
    os.execv(plan["argv"][0], plan["argv"])


if __name__ == "__main__":
    try:
        main()
    except OSError as e:
        print(f"geist-stage: {e}", file=sys.stderr)
        sys.exit(125)
