// The message format is RFC 1035, section 4; AAAA is RFC 3596.
#include "support/dns_peer.hpp"

#include <algorithm>
#include <cctype>

#include <arpa/inet.h>
#include <poll.h>
#include <sys/socket.h>

namespace headway::test {
namespace {

constexpr std::size_t header_size = 12;
constexpr std::uint16_t type_a = 1;
constexpr std::uint16_t type_aaaa = 28;

void put(std::string& bytes, std::uint32_t value, int size) {
  for (int shift = (size - 1) * 8; shift >= 0; shift -= 8) bytes += static_cast<char>(value >> shift & 0xFF);
}

std::uint16_t get16(std::string_view bytes, std::size_t at) {
  return static_cast<std::uint16_t>(static_cast<unsigned char>(bytes.at(at)) << 8 |
                                    static_cast<unsigned char>(bytes.at(at + 1)));
}

struct Parsed {
  DnsQuestion question;
  std::size_t end = header_size;  // of the question
};

Parsed parse(std::string_view bytes) {
  Parsed parsed;
  std::string& name = parsed.question.name;
  while (const auto size = static_cast<unsigned char>(bytes.at(parsed.end++))) {
    if (!name.empty()) name += '.';
    name += bytes.substr(parsed.end, size);
    parsed.end += size;
  }
  parsed.question.ipv6 = get16(bytes, parsed.end) == type_aaaa;
  parsed.end += 4;
  return parsed;
}

std::string address_bytes(const std::string& address, bool ipv6) {
  char bytes[16];
  if (::inet_pton(ipv6 ? AF_INET6 : AF_INET, address.c_str(), bytes) != 1) return std::string();
  return std::string(bytes, ipv6 ? 16 : 4);
}

std::string records(const DnsAnswer& answer, bool ipv6, std::uint32_t& count) {
  std::string bytes;
  for (const std::string& address : answer.addresses) {
    const std::string data = address_bytes(address, ipv6);
    if (data.empty()) continue;
    ++count;
    put(bytes, 0xC000 | header_size, 2);  // the question's name
    put(bytes, ipv6 ? type_aaaa : type_a, 2);
    put(bytes, 1, 2);
    put(bytes, answer.ttl, 4);
    put(bytes, static_cast<std::uint32_t>(data.size()), 2);
    bytes += data;
  }
  return bytes;
}

std::string encode(std::string_view question, const Parsed& parsed, const DnsAnswer& answer) {
  std::uint32_t count = 0;
  const bool truncated = answer.truncated && !parsed.question.tcp;
  const std::string list = truncated ? std::string() : records(answer, parsed.question.ipv6, count);
  std::string bytes(question.substr(0, 2));
  // An answer, recursion asked for and had.
  put(bytes, 0x8180U | (truncated ? 0x0200U : 0U) | static_cast<std::uint32_t>(answer.rcode), 2);
  for (const std::uint32_t records_of : {1U, count, 0U, 0U}) put(bytes, records_of, 2);
  bytes += question.substr(header_size, parsed.end - header_size);
  return bytes + list;
}

Socket udp_on_loopback(std::uint16_t port) {
  Socket socket(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(port);
  if (::bind(socket.fd(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) return Socket();
  return socket;
}

}  // namespace

DnsPeer::DnsPeer(Script script) : script_(std::move(script)) {
  while (!udp_) {  // until a port is free for both
    tcp_ = listen_on_loopback();
    udp_ = udp_on_loopback(port_of(tcp_));
  }
  thread_ = std::thread([this] { serve(); });
}

DnsPeer::~DnsPeer() {
  stop_.stop();
  thread_.join();
}

std::string DnsPeer::servers() const {
  return "127.0.0.1:" + std::to_string(port_of(tcp_));
}

std::vector<DnsQuestion> DnsPeer::questions() const {
  const std::lock_guard lock(mutex_);
  return questions_;
}

std::size_t DnsPeer::asked(std::string_view name) const {
  const auto all = questions();
  return static_cast<std::size_t>(std::count_if(
      all.begin(), all.end(), [&](const DnsQuestion& question) { return question.name == name && !question.ipv6; }));
}

std::string DnsPeer::answer(std::string_view question, bool tcp) {
  Parsed parsed = parse(question);
  parsed.question.tcp = tcp;
  {
    const std::lock_guard lock(mutex_);
    questions_.push_back(parsed.question);
  }
  const DnsAnswer answer = script_(parsed.question);
  if (answer.silent) return std::string();
  if (answer.garbage) return std::string(question.substr(0, 2)) + "\x81\x80 this is not DNS at all";
  return encode(question, parsed, answer);
}

void DnsPeer::answer_udp() {
  char bytes[4096];
  sockaddr_in from{};
  socklen_t from_size = sizeof from;
  auto* address = reinterpret_cast<sockaddr*>(&from);
  const auto got = ::recvfrom(udp_.fd(), bytes, sizeof bytes, 0, address, &from_size);
  if (got < static_cast<ssize_t>(header_size)) return;
  const std::string reply = answer(std::string_view(bytes, static_cast<std::size_t>(got)), false);
  if (!reply.empty()) ::sendto(udp_.fd(), reply.data(), reply.size(), 0, address, from_size);
}

void DnsPeer::answer_tcp() {
  Stream stream(accept_connection(tcp_, stop_), stop_);
  std::string bytes;
  char more[4096];
  for (std::ptrdiff_t got; (got = stream.read_some(more, sizeof more)) > 0;) {
    bytes.append(more, static_cast<std::size_t>(got));
    while (bytes.size() >= 2 && bytes.size() >= 2U + get16(bytes, 0)) {
      const std::string reply = answer(std::string_view(bytes).substr(2, get16(bytes, 0)), true);
      bytes.erase(0, 2U + get16(bytes, 0));
      std::string framed;
      put(framed, static_cast<std::uint32_t>(reply.size()), 2);
      stream.write(framed + reply);
    }
  }
}

void DnsPeer::serve() {
  for (;;) {
    pollfd fds[3] = {{udp_.fd(), POLLIN, 0}, {tcp_.fd(), POLLIN, 0}, {stop_.fd(), POLLIN, 0}};
    ::poll(fds, 3, static_cast<int>(patience.count()));
    if (fds[2].revents != 0) return;
    if (fds[0].revents != 0) answer_udp();
    if (fds[1].revents != 0) answer_tcp();
  }
}

}  // namespace headway::test
