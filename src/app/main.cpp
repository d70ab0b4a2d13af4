#include "app/command.h"

int main(int argc, char** argv) { return omniwriter::run_program(argc, argv); }
