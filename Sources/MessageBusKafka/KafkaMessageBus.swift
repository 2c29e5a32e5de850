import MessageBus
import RDKafka
