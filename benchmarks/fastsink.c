/* An SMTP sink that only looks for line ends and final dots: epoll, one thread.
   usage: fastsink PORT
   Offers PIPELINING. On SIGTERM it prints how many messages and flights it had. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#define ROOM (1 << 18)

struct talk {
    int fd, is_content;
    size_t have;
    char data[ROOM];
};

static long messages, flights;

static void report(int signal_number)
{
    (void)signal_number;
    char line[64];
    int size = snprintf(line, sizeof line, "%ld %ld\n", messages, flights);
    if (write(1, line, size) < 0)
        _exit(1);
    _exit(0);
}

static const char *reply_to(struct talk *talk, const char *line)
{
    if (!strncasecmp(line, "EHLO", 4))
        return "250-sink\r\n250-PIPELINING\r\n250 8BITMIME\r\n";
    if (!strncasecmp(line, "DATA", 4)) {
        talk->is_content = 1;
        return "354 go\r\n";
    }
    return strncasecmp(line, "QUIT", 4) ? "250 ok\r\n" : "221 bye\r\n";
}

/* Take all that is complete, and answer it in one write. */
static int serve(struct talk *talk)
{
    ssize_t got = read(talk->fd, talk->data + talk->have, ROOM - talk->have);
    if (got <= 0)
        return 0;
    size_t start = 0, out = 0, end = talk->have + got;
    char replies[8192];
    for (;;) {
        char *from = talk->data + start, *found;
        size_t left = end - start;
        const char *reply;
        if (talk->is_content) {
            /* Only what is new can complete the mark, and up to four octets before. */
            size_t known = talk->have > start + 4 ? talk->have - start - 4 : 0;
            found = memmem(from + known, left - known, "\r\n.\r\n", 5);
            if (!found)
                break;
            start += found - from + 5;
            talk->is_content = 0;
            messages++;
            reply = "250 queued\r\n";
        } else {
            found = memmem(from, left, "\r\n", 2);
            if (!found)
                break;
            start += found - from + 2;
            reply = reply_to(talk, from);
        }
        size_t size = strlen(reply);
        if (out + size > sizeof replies)
            return 0;
        memcpy(replies + out, reply, size);
        out += size;
    }
    memmove(talk->data, talk->data + start, end - start);
    talk->have = end - start;
    if (out) {
        flights++;
        if (write(talk->fd, replies, out) != (ssize_t)out)
            return 0;
    }
    return talk->have < ROOM;
}

int main(int count, char **arguments)
{
    if (count < 2)
        return 2;
    struct sockaddr_in where = {.sin_family = AF_INET,
                                .sin_port = htons(atoi(arguments[1])),
                                .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int one = 1, listening = socket(AF_INET, SOCK_STREAM, 0), poll = epoll_create1(0);
    setsockopt(listening, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    if (bind(listening, (struct sockaddr *)&where, sizeof where) || listen(listening, 128))
        return 1;
    signal(SIGTERM, report);
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = NULL}, ready[64];
    epoll_ctl(poll, EPOLL_CTL_ADD, listening, &event);
    for (;;) {
        int found = epoll_wait(poll, ready, 64, -1);
        for (int index = 0; index < found; index++) {
            struct talk *talk = ready[index].data.ptr;
            if (!talk) {
                talk = calloc(1, sizeof *talk);
                talk->fd = accept(listening, NULL, NULL);
                setsockopt(talk->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
                event.data.ptr = talk;
                epoll_ctl(poll, EPOLL_CTL_ADD, talk->fd, &event);
                if (write(talk->fd, "220 sink ESMTP\r\n", 16) != 16)
                    return 1;
            } else if (!serve(talk)) {
                close(talk->fd);
                free(talk);
            }
        }
    }
}
