/* Preloaded: kills the process at the n-th of the calls by which it writes what outlives it, or
 * counts them. Of interest are files whose name has ".state" or ".audit", and their folder.
 *   KILL_AT=n        which call; 0: none
 *   KILL_HOW=before  the call is not made; half: a write is made in part; after: it is made
 *   KILL_FOLDER=dir  the folder
 *   KILL_LOG=file    gets a line for each call */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <unistd.h>

static int calls;

static int is_named(const char* path) {
  return path != NULL && (strstr(path, ".state") != NULL || strstr(path, ".audit") != NULL);
}

static int is_ours(int descriptor) {
  char link[64];
  char path[4096];
  const char* folder = getenv("KILL_FOLDER");
  snprintf(link, sizeof link, "/proc/self/fd/%d", descriptor);
  const ssize_t size = readlink(link, path, sizeof path - 1);
  if (size <= 0) return 0;
  path[size] = 0;
  return is_named(path) || (folder != NULL && strcmp(path, folder) == 0);
}

/* 1: now is the moment. */
static int count(const char* name) {
  const char* at = getenv("KILL_AT");
  const char* log = getenv("KILL_LOG");
  const int number = __atomic_add_fetch(&calls, 1, __ATOMIC_SEQ_CST);
  if (log != NULL) {
    const int file = (int)syscall(SYS_openat, AT_FDCWD, log, O_WRONLY | O_CREAT | O_APPEND, 0600);
    syscall(SYS_write, file, name, strlen(name));
    syscall(SYS_write, file, "\n", 1);
    syscall(SYS_close, file);
  }
  return at != NULL && atoi(at) == number;
}

static int how(const char* word) {
  const char* value = getenv("KILL_HOW");
  return value != NULL && strcmp(value, word) == 0;
}

static void die(void) {
  kill(getpid(), SIGKILL);
  for (;;) pause();
}

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

ssize_t write(int descriptor, const void* bytes, size_t size) {
  if (!is_ours(descriptor)) return REAL(write)(descriptor, bytes, size);
  const int now = count("write");
  if (now && how("before")) die();
  const ssize_t wrote = REAL(write)(descriptor, bytes, now && how("half") ? size / 2 : size);
  if (now) die();
  return wrote;
}

int fsync(int descriptor) {
  if (!is_ours(descriptor)) return REAL(fsync)(descriptor);
  const int now = count("fsync");
  if (now && !how("after")) die();
  const int done = REAL(fsync)(descriptor);
  if (now) die();
  return done;
}

int ftruncate(int descriptor, off_t size) {
  if (!is_ours(descriptor)) return REAL(ftruncate)(descriptor, size);
  const int now = count("ftruncate");
  if (now && !how("after")) die();
  const int done = REAL(ftruncate)(descriptor, size);
  if (now) die();
  return done;
}

int renameat(int from_folder, const char* from, int to_folder, const char* to) {
  if (!is_named(to)) return REAL(renameat)(from_folder, from, to_folder, to);
  const int now = count("renameat");
  if (now && !how("after")) die();
  const int done = REAL(renameat)(from_folder, from, to_folder, to);
  if (now) die();
  return done;
}

int linkat(int from_folder, const char* from, int to_folder, const char* to, int flags) {
  if (!is_named(to)) return REAL(linkat)(from_folder, from, to_folder, to, flags);
  const int now = count("linkat");
  if (now && !how("after")) die();
  const int done = REAL(linkat)(from_folder, from, to_folder, to, flags);
  if (now) die();
  return done;
}

int openat(int folder, const char* path, int flags, ...) {
  mode_t mode = 0;
  if ((flags & O_CREAT) != 0) {
    va_list list;
    va_start(list, flags);
    mode = va_arg(list, mode_t);
    va_end(list);
  }
  const int counted = is_named(path) && (flags & O_CREAT) != 0;
  const int now = counted && count("openat");
  if (now && !how("after")) die();
  const int done = (int)syscall(SYS_openat, folder, path, flags, mode);
  if (now) die();
  return done;
}
