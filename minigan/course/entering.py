"""A program that separates itself from the machine, limits itself, and then becomes another; see `sandbox.py`.

    python -I -S entering.py '{"mounts": {…}, "hidden": […], "limits": {…}, "disk": …, "command": […]}'

It uses the system calls of Linux alone: unshare(2), mount(2), pivot_root(2), prctl(2).
"""

import ctypes
import json
import os
import resource
import signal
import sys

NEW_NAMESPACES = 0x00020000 | 0x04000000 | 0x08000000 | 0x20000000 | 0x40000000 | 0x02000000
#                mounts       hostname     IPC          processes    network      cgroups
NEW_USERS, NOBODY = 0x10000000, 65534
READ_ONLY, NO_SETUID, NO_DEVICES, NO_EXEC, REMOUNT, BIND, RECURSIVE, PRIVATE = 1, 2, 4, 8, 32, 4096, 16384, 1 << 18
KEPT_FLAGS = {0x0002: 2, 0x0004: 4, 0x0008: 8, 0x0400: 1024, 0x0800: 2048, 0x1000: 1 << 21}  # of statvfs → of mount
DETACH = 2
PIVOT_ROOT = {"x86_64": 155, "aarch64": 41, "riscv64": 41, "ppc64le": 203, "s390x": 217}  # system call numbers
DROP_CAPABILITY, NO_NEW_PRIVILEGES, DIE_WITH_PARENT, LAST_CAPABILITY = 24, 38, 1, 63

libc = ctypes.CDLL(None, use_errno=True)


def checked(result: int, what: str) -> None:
    """OSError if a system call has failed."""
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{what}: {os.strerror(number)}")


def mount(source: str, target: str, kind: str, flags: int, data: str = "") -> None:
    texts = (source.encode(), target.encode(), kind.encode(), flags, data.encode())
    checked(libc.mount(*texts[:3], ctypes.c_ulong(flags), texts[4]), f"mount {target}")


def enter_namespaces() -> None:
    """Go into new namespaces, as the first process there; who is not root becomes so in there, and there alone."""
    user, group = os.getuid(), os.getgid()
    checked(libc.unshare(NEW_NAMESPACES | (NEW_USERS if user else 0)), "unshare")
    for name, text in (("setgroups", "deny"), ("uid_map", f"0 {user} 1"), ("gid_map", f"0 {group} 1")):
        if user:
            with open(f"/proc/self/{name}", "w") as file:
                file.write(text)
    if child := os.fork():  # the new namespace of processes begins with the next process
        os._exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) & 0xFF)


def build_root(mounts: dict[str, str], hidden: list[str], disk: int) -> None:
    """Replace the file system by one in memory that shows the mounts {target: source} alone, read-only."""
    root = "/tmp"  # any folder that exists: it is covered in this namespace only
    mount("none", "/", "", RECURSIVE | PRIVATE)
    # The sources are opened before anything covers them.
    sources = {t: os.open(s, os.O_PATH) for t, s in mounts.items() if not os.path.islink(s)}
    links = {t: os.readlink(s) for t, s in mounts.items() if os.path.islink(s)}
    mount("tmpfs", root, "tmpfs", NO_SETUID | NO_DEVICES, "size=1m,mode=755")
    os.mkdir(root + "/tmp")  # first, because Python may lie below it
    mount("tmpfs", root + "/tmp", "tmpfs", NO_SETUID | NO_DEVICES, f"size={disk},mode=1777")
    for target, to in links.items():
        os.makedirs(os.path.dirname(root + target), exist_ok=True)
        os.symlink(to, root + target)
    for target, source in sorted(sources.items()):
        show(f"/proc/self/fd/{source}", root + target)
        os.close(source)
    for folder in hidden:
        if os.path.isdir(root + folder):
            mount("tmpfs", root + folder, "tmpfs", NO_SETUID | NO_DEVICES | READ_ONLY, "size=4k,mode=755")
    os.makedirs(root + "/old", exist_ok=True)
    os.chdir(root)
    checked(libc.syscall(PIVOT_ROOT[os.uname().machine], b".", b"old"), "pivot_root")
    os.chdir("/")
    checked(libc.umount2(b"/old", DETACH), "umount")
    os.rmdir("/old")
    mount("none", "/", "", REMOUNT | BIND | READ_ONLY | NO_SETUID | NO_DEVICES)
    os.chdir("/tmp")


def show(source: str, target: str) -> None:
    """Mount a file or folder read-only, with the restrictions that it has already."""
    if os.path.isdir(source):
        os.makedirs(target, exist_ok=True)
    else:
        os.makedirs(os.path.dirname(target), exist_ok=True)
        open(target, "w").close()
    mount(source, target, "", BIND)
    now = os.statvfs(target).f_flag
    flags = sum(flag for bit, flag in KEPT_FLAGS.items() if now & bit)
    device = target.startswith("/tmp/dev/")
    flags |= READ_ONLY | NO_SETUID | (0 if device else NO_DEVICES)
    mount("none", target, "", REMOUNT | BIND | flags)


def drop_rights(root: bool) -> None:
    """Give up every capability for good: a mount cannot be undone, and no program brings a right back.

    Who is `root` outside becomes nobody: root could exceed the limits.
    """
    for capability in range(LAST_CAPABILITY + 1):
        libc.prctl(DROP_CAPABILITY, capability, 0, 0, 0)  # fails for numbers that this kernel does not know
    if root:
        os.setgroups([])
        os.setresgid(NOBODY, NOBODY, NOBODY)
        os.setresuid(NOBODY, NOBODY, NOBODY)
    checked(libc.prctl(DIE_WITH_PARENT, signal.SIGKILL, 0, 0, 0), "prctl")  # and all others die with this one
    checked(libc.prctl(NO_NEW_PRIVILEGES, 1, 0, 0, 0), "prctl")


def main() -> None:
    plan, root = json.loads(sys.argv[1]), os.getuid() == 0
    enter_namespaces()
    build_root(plan["mounts"], plan["hidden"], plan["disk"])
    drop_rights(root)
    if not plan["command"]:
        return  # only tried whether this is possible
    os.closerange(3, 1024)
    for name, value in plan["limits"].items():
        resource.setrlimit(getattr(resource, name), (value, value))
    environment = {"PATH": "/usr/bin:/bin", "HOME": "/tmp", "LANG": "C.UTF-8", "OPENBLAS_NUM_THREADS": "1"}
    os.execve(plan["command"][0], plan["command"], environment)


if __name__ == "__main__":
    try:
        main()
    except OSError as error:
        sys.exit(f"{error.strerror or error} ({error.filename})" if error.filename else f"{error.strerror}")
