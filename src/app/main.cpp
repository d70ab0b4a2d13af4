#include <cstdio>

int main() {
  std::puts("omniwriter");
  return 0;
}
