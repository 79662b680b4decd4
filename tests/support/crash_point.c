/* Preloaded: a worker that connects to a server dies of SIGABRT, in the middle of its work. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>

int connect(int descriptor, const struct sockaddr* address, socklen_t size) {
  char thread[17] = "";
  prctl(PR_GET_NAME, thread);
  if (strncmp(thread, "sluice/", 7) == 0 && thread[7] >= '0' && thread[7] <= '9') raise(SIGABRT);
  return ((__typeof__(&connect))dlsym(RTLD_NEXT, "connect"))(descriptor, address, size);
}
