/* Preloaded: tells how many bytes of the heap are in use, to whoever connects to the unix socket
 * HEAP_SOCKET; the sanitizer's count where the program has one. By a thread of its own. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <malloc.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static size_t in_use(void) {
  size_t (*sanitized)(void) = (size_t(*)(void))dlsym(RTLD_DEFAULT,
                                                     "__sanitizer_get_current_allocated_bytes");
  if (sanitized != NULL) return sanitized();
  const struct mallinfo2 info = mallinfo2();
  return info.uordblks + info.hblkhd;
}

static void* serve(void* argument) {
  const int listener = (int)(long)argument;
  for (;;) {
    char text[32];
    const int peer = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
    if (peer < 0) continue;
    const int size = snprintf(text, sizeof text, "%zu\n", in_use());
    if (write(peer, text, (size_t)size) != size) abort();
    close(peer);
  }
  return NULL;
}

__attribute__((constructor)) static void begin(void) {
  const char* path = getenv("HEAP_SOCKET");
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  sigset_t all, before;
  pthread_t thread;
  if (path == NULL || strlen(path) >= sizeof address.sun_path) return;
  strcpy(address.sun_path, path);
  unlink(path); /* of what became this program by exec */
  const int listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (bind(listener, (struct sockaddr*)&address, sizeof address) != 0 || listen(listener, 4) != 0) {
    close(listener);
    return;
  }
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  if (pthread_create(&thread, NULL, serve, (void*)(long)listener) != 0) abort();
  pthread_sigmask(SIG_SETMASK, &before, NULL);
}
