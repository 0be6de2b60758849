install:
