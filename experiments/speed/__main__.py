"""`python -m experiments.speed`: measure everything side by side and print one table."""

from experiments.speed.run import main

if __name__ == "__main__":
    main()
