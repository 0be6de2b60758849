.PHONY: clean
all: programs
clean:
	rm -rf build
